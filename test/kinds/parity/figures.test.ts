import { expect, it } from 'vitest';
import { parityFigures } from '../../../src/kinds/parity/figures.ts';
import { temporaryFolder } from '../../helpers/folder.ts';

it('a folder that keeps its summary only has no losses to draw', () => {
  expect(parityFigures(temporaryFolder(), 'a name')).toEqual([]);
});
