/** A line of a file, from 1. */
export interface Line {
  readonly number: number
  readonly text: string
}

const END = 0x0a

/** The lines that are not empty. Only `\n` ends one: others may stand in a text. */
export async function* linesOf(input: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let number = 0
  let begun: Buffer[] = []
  for await (const bytes of input) {
    let from = 0
    for (let end = bytes.indexOf(END); end >= 0; end = bytes.indexOf(END, from)) {
      number += 1
      const text = textOf([...begun, bytes.subarray(from, end)])
      begun = []
      from = end + 1
      if (text !== '') yield { number, text }
    }
    if (from < bytes.length) begun.push(bytes.subarray(from))
  }
  const text = textOf(begun)
  if (text !== '') yield { number: number + 1, text }
}

const textOf = (parts: readonly Buffer[]): string => Buffer.concat(parts).toString().trim()
