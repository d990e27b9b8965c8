/** One file of a zip archive. */
export interface ZipEntry {
  readonly name: string;
  /** Contents, checked against their CRC-32. @throws Error when they are damaged */
  read(): Uint8Array;
}

const signature = { end: 0x06054b50, end64: 0x06064b50, locator64: 0x07064b50, central: 0x02014b50, local: 0x04034b50 };

/**
 * The files of a zip archive (ZIP64 too) whose entries are stored, not compressed, as `torch.save` writes it. Contents are
 * views, not copies.
 * @throws Error when the archive is damaged, or an entry's name points outside the archive's folder
 */
export function readZip(bytes: Uint8Array): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let { count, offset } = directory(view);
  const entries: ZipEntry[] = [];
  for (; count > 0; count--) {
    if (offset + 46 > view.byteLength || view.getUint32(offset, true) !== signature.central) throw damagedDirectory();
    const nameLength = view.getUint16(offset + 28, true);
    const extraLength = view.getUint16(offset + 30, true);
    const end = offset + 46 + nameLength + extraLength + view.getUint16(offset + 32, true);
    if (end > view.byteLength) throw damagedDirectory();
    const name = new TextDecoder().decode(bytes.subarray(offset + 46, offset + 46 + nameLength));
    if (name.split(/[/\\]/).includes('..') || /^([/\\]|[A-Za-z]:)/.test(name)) {
      throw new Error(`its entry '${name}' points outside its folder`);
    }
    const { packed, plain, local } = wideSizes(view, offset, offset + 46 + nameLength, extraLength);
    const stored = view.getUint16(offset + 10, true) === 0 && packed === plain;
    const crc = view.getUint32(offset + 16, true);
    entries.push({
      name,
      read() {
        if (!stored) throw new Error(`its entry '${name}' is compressed, which torch.save does not do`);
        return contents(bytes, name, crc, local, plain);
      },
    });
    offset = end;
  }
  return entries;
}

function damagedDirectory(): Error {
  return new Error('its zip directory is damaged or cut');
}

/** Number of entries and place of the central directory. */
function directory(view: DataView): { count: number; offset: number } {
  const first = Math.max(0, view.byteLength - 22 - 0xffff);
  let end = view.byteLength - 22;
  while (end >= first && view.getUint32(end, true) !== signature.end) end--;
  if (end < first) throw new Error('its zip directory is missing: the file is cut or no zip archive');
  const locator = end - 20;
  if (locator >= 0 && view.getUint32(locator, true) === signature.locator64) {
    const end64 = Number(view.getBigUint64(locator + 8, true));
    if (end64 + 56 > view.byteLength || view.getUint32(end64, true) !== signature.end64) {
      throw damagedDirectory();
    }
    return {
      count: Number(view.getBigUint64(end64 + 32, true)),
      offset: Number(view.getBigUint64(end64 + 48, true)),
    };
  }
  return { count: view.getUint16(end + 10, true), offset: view.getUint32(end + 16, true) };
}

/** Sizes and place of an entry; those that do not fit 32 bits stand in the ZIP64 extra field, in this order. */
function wideSizes(view: DataView, entry: number, extra: number, extraLength: number) {
  let [plain, packed, local] = [24, 20, 42].map((at) => view.getUint32(entry + at, true)) as [number, number, number];
  for (let at = extra; at + 4 <= extra + extraLength; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    let field = at + 4;
    const wide = () => {
      field += 8;
      if (field > extra + extraLength) throw damagedDirectory();
      return Number(view.getBigUint64(field - 8, true));
    };
    if (plain === 0xffffffff) plain = wide();
    if (packed === 0xffffffff) packed = wide();
    if (local === 0xffffffff) local = wide();
  }
  return { packed, plain, local };
}

function contents(bytes: Uint8Array, name: string, crc: number, local: number, size: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (local + 30 > bytes.length || view.getUint32(local, true) !== signature.local) {
    throw new Error(`its entry '${name}' is damaged`);
  }
  const from = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  const data = bytes.subarray(from, from + size);
  if (data.length !== size || crc32(data) !== crc) throw new Error(`its entry '${name}' is damaged (CRC-32 differs)`);
  return data;
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = crcTable[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
