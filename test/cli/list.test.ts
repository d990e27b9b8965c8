import { describe, expect, it } from 'vitest';
import { kindNames } from '../../src/kinds/registry.ts';
import { runCli } from '../helpers/cli.ts';
