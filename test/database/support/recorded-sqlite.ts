interface Sqlite {
  exec(sql: string): unknown;
  prepare(sql: string): unknown;
}

/** Has a connection of SQLite record the statements that it runs or prepares. */
export function recorded<Connection extends Sqlite>(connection: Connection, statements: string[]): Connection {
  for (const name of ['exec', 'prepare'] as const) {
    const method = connection[name].bind(connection);
    Object.assign(connection, {
      [name]: (sql: string) => {
        statements.push(sql);
        return method(sql);
      },
    });
  }
  return connection;
}
