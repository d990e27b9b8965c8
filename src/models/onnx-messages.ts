import type { Type } from 'protobufjs';

let cached: Type | undefined;

/** The message of an ONNX file, `ModelProto`, with the parts of onnx.proto3 that are read or written here; the decoder skips all others. */
export async function onnxModelType(): Promise<Type> {
  if (cached) return cached;
  const { default: protobuf } = await import('protobufjs');
  const field = (id: number, type: string) => ({ id, type });
  const repeated = (id: number, type: string) => ({ id, type, rule: 'repeated' });
  const root = protobuf.Root.fromJSON({
    nested: {
      StringStringEntryProto: { fields: { key: field(1, 'string'), value: field(2, 'string') } },
      TensorProto: {
        fields: {
          dims: repeated(1, 'int64'),
          dataType: field(2, 'int32'),
          name: field(8, 'string'),
          rawData: field(9, 'bytes'),
          externalData: repeated(13, 'StringStringEntryProto'),
          dataLocation: field(14, 'int32'),
        },
      },
      SparseTensorProto: { fields: { values: field(1, 'TensorProto'), indices: field(2, 'TensorProto') } },
      AttributeProto: {
        fields: {
          name: field(1, 'string'),
          f: field(2, 'float'),
          i: field(3, 'int64'),
          s: field(4, 'bytes'),
          t: field(5, 'TensorProto'),
          g: field(6, 'GraphProto'),
          ints: repeated(8, 'int64'),
          tensors: repeated(10, 'TensorProto'),
          graphs: repeated(11, 'GraphProto'),
          type: field(20, 'int32'),
          sparseTensor: field(22, 'SparseTensorProto'),
          sparseTensors: repeated(23, 'SparseTensorProto'),
        },
      },
      Dimension: { fields: { dimValue: field(1, 'int64'), dimParam: field(2, 'string') } },
      TensorShapeProto: { fields: { dim: repeated(1, 'Dimension') } },
      TensorTypeProto: { fields: { elemType: field(1, 'int32'), shape: field(2, 'TensorShapeProto') } },
      TypeProto: { fields: { tensorType: field(1, 'TensorTypeProto') } },
      ValueInfoProto: { fields: { name: field(1, 'string'), type: field(2, 'TypeProto') } },
      NodeProto: {
        fields: {
          input: repeated(1, 'string'),
          output: repeated(2, 'string'),
          name: field(3, 'string'),
          opType: field(4, 'string'),
          attribute: repeated(5, 'AttributeProto'),
        },
      },
      GraphProto: {
        fields: {
          node: repeated(1, 'NodeProto'),
          name: field(2, 'string'),
          initializer: repeated(5, 'TensorProto'),
          input: repeated(11, 'ValueInfoProto'),
          output: repeated(12, 'ValueInfoProto'),
          sparseInitializer: repeated(15, 'SparseTensorProto'),
        },
      },
      FunctionProto: { fields: { node: repeated(7, 'NodeProto') } },
      OperatorSetIdProto: { fields: { domain: field(1, 'string'), version: field(2, 'int64') } },
      ModelProto: {
        fields: {
          irVersion: field(1, 'int64'),
          producerName: field(2, 'string'),
          graph: field(7, 'GraphProto'),
          opsetImport: repeated(8, 'OperatorSetIdProto'),
          functions: repeated(25, 'FunctionProto'),
        },
      },
    },
  });
  cached = root.lookupType('ModelProto');
  return cached;
}
