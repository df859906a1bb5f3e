/** Chances of seeing so many, or more. Exact sums in logarithms; n is at most a few tens of thousands here. */

/** P(K ≥ k) for K ~ Binomial(n, p). */
export function binomialTail(k: number, n: number, p: number): number {
  if (k <= 0) return 1
  if (k > n || p <= 0) return 0
  if (p >= 1) return 1
  // From k on the terms fall where k lies above the mean; below it the answer is near one, and is summed from the other side.
  return k > n * p ? upperSum(k, n, p) : 1 - upperSum(n - k + 1, n, 1 - p)
}

function upperSum(k: number, n: number, p: number): number {
  let term = Math.exp(logChoose(n, k) + k * Math.log(p) + (n - k) * Math.log1p(-p))
  let sum = 0
  for (let i = k; i <= n && term > sum * 1e-16; i += 1) {
    sum += term
    term *= ((n - i) / (i + 1)) * (p / (1 - p))
  }
  return Math.min(1, sum)
}

const logChoose = (n: number, k: number): number => logFactorial(n) - logFactorial(k) - logFactorial(n - k)

const LOG_FACTORIALS = [0]

/** Exact up to 256, Stirling’s series beyond (relative error below 1e-12 there). */
function logFactorial(n: number): number {
  if (n > 256) return (n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * n) - 1 / (360 * n ** 3)
  for (let i = LOG_FACTORIALS.length; i <= n; i += 1) LOG_FACTORIALS.push((LOG_FACTORIALS[i - 1] as number) + Math.log(i))
  return LOG_FACTORIALS[n] as number
}
