/**
 * The little of curl that the documents use, for machines without it. Anything else on the command line is an error, so an
 * example cannot pass here by an option that was never read.
 */
const method = { value: undefined }
const headers = []
let body
let url

const words = process.argv.slice(2)
while (words.length > 0) {
  const word = words.shift()
  if (word === '-s') continue
  if (word === '-X') method.value = words.shift()
  else if (word === '-H') headers.push(words.shift().split(/: (.*)/s).slice(0, 2))
  else if (word === '-d') body = words.shift()
  else if (/^https?:/.test(word) && url === undefined) url = word
  else throw new Error(`the documents' curl does not take ${word}`)
}

const answer = await fetch(url, { method: method.value ?? (body === undefined ? 'GET' : 'POST'), headers, body: body ?? null })
process.stdout.write(Buffer.from(await answer.arrayBuffer()))
