-- Sends prepared requests from a file: the length of each on a line of its own, then its bytes.
-- `once`: each is sent once, and a file that ends too early is told of. `again`: from the beginning when all have been sent.
local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
end

function init(args)
  exhausted = 0
  file = assert(io.open(args[1], 'rb'))
  if args[2] == 'again' then
    prepared = {}
    for size in function() return file:read('*l') end do
      prepared[#prepared + 1] = file:read(tonumber(size))
    end
    at = 0
  end
end

function request()
  if prepared then
    at = at % #prepared + 1
    return prepared[at]
  end
  local size = file:read('*l')
  if size then return file:read(tonumber(size)) end
  exhausted = 1
  wrk.thread:stop()
  return 'GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n'
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"microseconds":%d,"exhausted":%d,"refused":%d,"broken":%d,"cpuSeconds":%.3f,"p50":%.1f,"p90":%.1f,"p99":%.1f,"p999":%.1f}\n',
    summary.requests, summary.duration, threads[1]:get('exhausted'), errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    os.clock(), latency:percentile(50), latency:percentile(90), latency:percentile(99), latency:percentile(99.9)))
end
