// The AWS IoT device SDK for JavaScript v2, unmodified, as a car: connect by mutual TLS, publish, subscribe, use a named shadow.
// Its settings are one JSON object in the environment variable CAR; it prints one JSON object a line for each thing it has done.
import { once } from "node:events";
import sdk from "aws-iot-device-sdk-v2";

const { iot, iotshadow, mqtt5 } = sdk;
const car = JSON.parse(process.env.CAR);

// A client that hangs must not hang the test: whatever takes longer ends the process.
const limit = setTimeout(() => {
  console.error(`nothing left to wait for after ${car.seconds} s`);
  process.exit(1);
}, car.seconds * 1000);

const tell = (did, detail = {}) => console.log(JSON.stringify({ did, ...detail }));

function newClient() {
  const config = iot.AwsIotMqtt5ClientConfigBuilder.newDirectMqttBuilderWithMtlsFromPath(car.host, car.certificate, car.key)
    .withCertificateAuthorityFromPath(undefined, car.serverCA)
    .withPort(car.port)
    .withConnectProperties({ clientId: car.vin, keepAliveIntervalSeconds: 30 })
    .build();
  return new mqtt5.Mqtt5Client(config);
}

async function connect(client) {
  const refused = once(client, "connectionFailure").then(([e]) => {
    throw new Error(`connect: ${e.error}`);
  });
  const accepted = once(client, "connectionSuccess");
  client.start();
  const [{ connack }] = await Promise.race([accepted, refused]);
  tell("connect", { reasonCode: connack.reasonCode });
}

async function publish(client) {
  const puback = await client.publish({ topicName: car.publish, qos: mqtt5.QoS.AtLeastOnce, payload: car.payload });
  tell("publish", { reasonCode: puback.reasonCode });
}

// subscribe tells that it listens before it waits: the test answers with a command.
async function subscribe(client) {
  const arrived = once(client, "messageReceived");
  const suback = await client.subscribe({ subscriptions: [{ topicFilter: car.subscribe, qos: mqtt5.QoS.AtLeastOnce }] });
  tell("subscribe", { reasonCodes: suback.reasonCodes });
  const [{ message }] = await arrived;
  tell("receive", { topic: message.topicName, payload: Buffer.from(message.payload).toString() });
}

async function useShadow(client) {
  const shadow = iotshadow.IotShadowClientv2.newFromMqtt5(client, {
    maxRequestResponseSubscriptions: 4,
    maxStreamingSubscriptions: 2,
    operationTimeoutInSeconds: 10,
  });
  const name = { thingName: car.vin, shadowName: car.shadow };
  const updated = await shadow.updateNamedShadow({ ...name, state: { reported: car.state } });
  tell("updateShadow", { version: updated.version, state: updated.state });
  const got = await shadow.getNamedShadow(name);
  tell("getShadow", { version: got.version, state: got.state });
  shadow.close();
}

// trespass publishes where the car may not: the gateway ends the connection. The message stays unanswered.
async function trespass(client) {
  const ended = once(client, "disconnection");
  client.publish({ topicName: car.forbidden, qos: mqtt5.QoS.AtLeastOnce, payload: "{}" }).then(
    () => tell("trespass"),
    () => {},
  );
  const [{ disconnect }] = await ended;
  tell("disconnected", { reasonCode: disconnect?.reasonCode });
}

const client = newClient();
client.on("error", (e) => {
  throw e;
});
await connect(client);
await publish(client);
await subscribe(client);
await useShadow(client);
await trespass(client);
const stopped = once(client, "stopped");
client.stop();
await stopped;
client.close();
clearTimeout(limit);
process.exit(); // the SDK's native threads would keep the process for some seconds more
