import { expect, it } from 'vitest'
import { createEventHub } from './events.ts'

const detail = { project: 'pk_demo' }

it('calls only the listeners of the event, until they unsubscribe', () => {
  const { on, emit } = createEventHub()
  const heard: string[] = []
  const off = on('ready', () => heard.push('ready'))
  on('feedback', () => heard.push('feedback'))
  emit('ready', detail, [])
  off()
  off()
  emit('ready', detail, [])
  expect(heard).toEqual(['ready'])
})

it('a listener that throws stops neither the next nor the widget, and its error reaches the page', async () => {
  const { on, emit } = createEventHub()
  const heard: string[] = []
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  const thrown = new Promise<Error>((resolve) => {
    process.once('uncaughtException', resolve)
  })
  try {
    on('ready', () => {
      throw new Error('the host’s mistake')
    })
    on('ready', () => heard.push('second'))
    emit('ready', detail, [])
    expect(heard).toEqual(['second'])
    expect((await thrown).message).toBe('the host’s mistake')
  } finally {
    for (const listener of listeners) process.on('uncaughtException', listener)
  }
})

it('two subscriptions of one function are two, each with its own end', () => {
  const { on, emit } = createEventHub()
  let calls = 0
  const listener = () => {
    calls += 1
  }
  const off = on('ready', listener)
  on('ready', listener)
  off()
  emit('ready', detail, [])
  expect(calls).toBe(1)
})
