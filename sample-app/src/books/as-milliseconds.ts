import type { ValueTransformer } from 'typeorm';

/** Milliseconds since 1970 in the database: the same on SQLite and PostgreSQL, in every time zone. */
export const asMilliseconds: ValueTransformer = {
  to: (time: Date | null | undefined) => time?.getTime() ?? time,
  from: (time: string | number | null) => (time === null ? null : new Date(Number(time))),
};
