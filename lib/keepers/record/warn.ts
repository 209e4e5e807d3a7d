/** What a keeper does with what nobody waits for, unless it is told. By its text: in Jest it is an error of another realm, which Node refuses. */
export const warn = ({ message, name }: Error): void => {
  process.emitWarning(message, name)
}
