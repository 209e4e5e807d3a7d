/** A curl line of a start-up text or a README: what it asks for, and the JSON it promises. */
export interface CurlLine {
  readonly method: string
  readonly url: string
  /** The form that it sends, as it stands there. */
  readonly form: string | undefined
  readonly promised: string | undefined
}

/** Every curl line of a text, in its order. Throws for one that says more than is understood here: none is left out. */
export const curlLines = (text: string): CurlLine[] =>
  [...text.matchAll(/^ *curl (.*?)(?: +# (.*))?$/gm)].map(([line, asked = '', said = '']) => {
    const words = [...asked.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '')
    const fields: string[] = []
    let method: string | undefined
    let url: string | undefined
    for (let word = words.shift(); word !== undefined; word = words.shift()) {
      if (word === '-X') method = words.shift()
      else if (word === '-d') fields.push(words.shift() ?? '')
      else if (word.startsWith('http')) url = word
      else if (word !== '-N') throw new Error(`not understood: ${word} in ${line}`)
    }
    if (url === undefined) throw new Error(`no address in ${line}`)
    const form = fields.length > 0 ? fields.join('&') : undefined
    const [promised] = /^[{[].*?[}\]](?= {2,}|$)/.exec(said) ?? []
    if (promised === undefined && /^[{[]/.test(said)) throw new Error(`no end of what is promised in ${line}`)
    return { method: method ?? (form === undefined ? 'GET' : 'POST'), url, form, promised }
  })

/** Asks for it, and gives the text of the answer. */
export const run = async ({ method, url, form }: CurlLine): Promise<string> =>
  (
    await fetch(url, {
      method,
      ...(form === undefined
        ? {}
        : { body: form, headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
    })
  ).text()
