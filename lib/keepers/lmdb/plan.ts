/** What is to be written of one server: all of it, or nothing. */
export interface Plan {
  put(key: Buffer, bytes: Buffer, revision: number): void
  remove(key: Buffer): void
  removeAll(keys: Iterable<Buffer>): void
}
