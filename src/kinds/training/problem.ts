import { faultOf } from '../../config/issues.ts';
import { type PrimeField, primeField } from '../../math/finite-field.ts';
import { matrix } from '../../math/matrix.ts';
import { secretResidues } from '../../util/secret.ts';
import type { LogisticRegressionOptions } from './config.ts';
import type { TwoClassData } from './data.ts';
import { certify, featureLevels, quantise, type RangeCheck, rangeCheck } from './fixed-point.ts';
import type { Copies } from './master.ts';
import { fixedPointReference, type Trajectory, transpose } from './reference.ts';

/** What all schemes of an experiment train on. */
export interface Problem {
  readonly field: PrimeField;
  readonly data: TwoClassData;
  /** Integer features [m, d] and their transpose. */
  readonly copies: Copies;
  readonly options: LogisticRegressionOptions;
  readonly check: RangeCheck;
  /** Training without coding in the same integers. */
  readonly reference: Trajectory;
}

/**
 * Integers, certificates and the reference run of what is to be trained.
 * @throws ConfigIssue when the fixed-point numbers do not fit the field
 */
export function makeProblem(data: TwoClassData, options: LogisticRegressionOptions): Problem {
  const field = primeField(options.q);
  const { rows, columns } = data.train.x;
  const features = matrix(rows, columns, quantise(data.train.x.data, featureLevels(options)));
  faultOf(['model', 'logisticRegression', 'errorBits'], () => certify(field, features, options));
  return {
    field,
    data,
    options,
    copies: [features, transpose(features)],
    check: rangeCheck(field.q, features, secretResidues),
    reference: fixedPointReference(data, features, options, options.iterations, options.learningRate),
  };
}
