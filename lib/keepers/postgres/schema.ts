import { FORMAT } from '../record/frame.js'

/** What is kept as a snapshot and a journal. The numbers stand in stores. */
export const Stream = { state: 1, dictionary: 2 } as const
export type Stream = (typeof Stream)[keyof typeof Stream]

/** The schema of a keeper unless it says another. */
export const SCHEMA = 'peeper'

/** The names of the tables of a schema, as they stand in SQL. */
export class Schema {
  readonly servers = this.table('servers')
  readonly snapshots = this.table('snapshots')
  readonly journal = this.table('journal')
  readonly tables = this.table('tables')
  readonly entries = this.table('entries')
  readonly format = this.table('format')

  constructor(readonly name: string) {}

  get quoted(): string {
    return `"${this.name.replaceAll('"', '""')}"`
  }

  private table(name: string): string {
    return `${this.quoted}.${name}`
  }
}

/**
 * The SQL that makes the tables of a {@link postgresKeeper}, for a user who may make them; run it as often as you like. The keeper runs it by
 * itself at its start, unless it is told `{ migrate: false }`: then run it where migrations of your database are run.
 *
 * @example
 * import { writeFileSync } from 'node:fs'
 * writeFileSync('migrations/001-peeper.sql', postgresMigration()) // psql -1 -f migrations/001-peeper.sql
 */
export const postgresMigration = (schema: string = SCHEMA): string => {
  const { quoted, servers, snapshots, journal, tables, entries, format } = new Schema(schema)
  return `-- The tables of postgresKeeper() of nestjs-peeper. It may run any number of times.
-- Two that run it at once take turns.
select pg_advisory_xact_lock(hashtext('nestjs-peeper'));

create schema if not exists ${quoted};

-- One row: the format of the records.
create table if not exists ${format} (format integer primary key);

-- One row for each server: all of it, while its state is small and it has no tables. key is '' where a server has none. wake_at is in ms since 1970.
create table if not exists ${servers} (
  id bigint generated always as identity primary key,
  name text collate "C" not null,
  key text collate "C" not null,
  revision bigint not null,
  wake_at double precision,
  record bytea not null,
  unique (name, key)
) with (fillfactor = 50);
create index if not exists servers_wake_at on ${servers} (wake_at) where wake_at is not null;

-- Of a larger state (stream 1) and of a dictionary (stream 2): what it was at one revision, and what has changed since.
create table if not exists ${snapshots} (
  server bigint not null,
  stream smallint not null,
  revision bigint not null,
  total bigint not null,
  record bytea not null,
  primary key (server, stream)
);
create table if not exists ${journal} (
  server bigint not null,
  stream smallint not null,
  revision bigint not null,
  record bytea not null,
  primary key (server, stream, revision)
);

-- The tables of servers, and their entries.
create table if not exists ${tables} (
  server bigint not null,
  name bytea not null,
  record bytea not null,
  primary key (server, name)
);
create table if not exists ${entries} (
  server bigint not null,
  name bytea not null,
  key bytea not null,
  record bytea not null,
  primary key (server, name, key)
);

insert into ${format} select ${FORMAT} where not exists (select from ${format});
`
}
