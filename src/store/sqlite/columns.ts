import type { SQLOutputValue } from 'node:sqlite';
import { unreadable } from '../unreadable.ts';

type Column = SQLOutputValue | undefined;

export function textOf(value: Column): string {
  if (typeof value !== 'string') throw unreadable('a column', 'it is no text');
  return value;
}

export function numberOf(value: Column): number {
  if (typeof value !== 'number') throw unreadable('a column', 'it is no number');
  return value;
}
