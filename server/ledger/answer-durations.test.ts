import { expect, test } from 'vitest'
import { AnswerDurations } from './answer-durations.ts'

test('counts by method, route and status class, each bound including what is below it', () => {
  const durations = new AnswerDurations()
  const line = durations.line('GET', '/a/:b', 200)
  expect(durations.line('GET', '/a/:b', 204)).toBe(line)
  for (const seconds of [0.0005, 0.001, 0.003, 3]) line.observe(seconds)
  durations.line('GET', undefined, 404).observe(0.05)
  expect(durations.expose('took_seconds', 'Time to answer')).toBe(`# HELP took_seconds Time to answer
# TYPE took_seconds histogram
took_seconds_bucket{le="0.001",method="GET",route="/a/:b",status="2xx"} 2
took_seconds_bucket{le="0.005",method="GET",route="/a/:b",status="2xx"} 3
took_seconds_bucket{le="0.02",method="GET",route="/a/:b",status="2xx"} 3
took_seconds_bucket{le="0.1",method="GET",route="/a/:b",status="2xx"} 3
took_seconds_bucket{le="0.5",method="GET",route="/a/:b",status="2xx"} 3
took_seconds_bucket{le="2",method="GET",route="/a/:b",status="2xx"} 3
took_seconds_bucket{le="+Inf",method="GET",route="/a/:b",status="2xx"} 4
took_seconds_sum{method="GET",route="/a/:b",status="2xx"} 3.0045
took_seconds_count{method="GET",route="/a/:b",status="2xx"} 4
took_seconds_bucket{le="0.001",method="GET",route="unknown",status="4xx"} 0
took_seconds_bucket{le="0.005",method="GET",route="unknown",status="4xx"} 0
took_seconds_bucket{le="0.02",method="GET",route="unknown",status="4xx"} 0
took_seconds_bucket{le="0.1",method="GET",route="unknown",status="4xx"} 1
took_seconds_bucket{le="0.5",method="GET",route="unknown",status="4xx"} 1
took_seconds_bucket{le="2",method="GET",route="unknown",status="4xx"} 1
took_seconds_bucket{le="+Inf",method="GET",route="unknown",status="4xx"} 1
took_seconds_sum{method="GET",route="unknown",status="4xx"} 0.05
took_seconds_count{method="GET",route="unknown",status="4xx"} 1
`)
})
