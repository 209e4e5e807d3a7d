/** What a record suffered; who knows its place makes a `DamagedRecordError` of it. */
export class Damage extends Error {}

/** A later release wrote this record. */
export class NewerRecord extends Error {
  constructor(readonly format: number) {
    super(`it has the format ${format}`)
  }
}
