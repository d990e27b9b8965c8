import { type Registry, registry } from '../util/registry.ts';
import { csv } from './csv.ts';
import type { TableFormat } from './format.ts';
import { latex } from './latex.ts';
import { markdown } from './markdown.ts';

const formats = [markdown, csv, latex] as const;

export type TableFormatName = (typeof formats)[number]['name'];

/** Every format of a table, by the name of `table --format`. A new format is one file and one line here. */
export const tableFormats: Registry<TableFormat<TableFormatName>> = registry('table format', formats);
