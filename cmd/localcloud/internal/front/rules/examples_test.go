package rules_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"
)

var x = strings.Repeat

func n(number any) json.Number { return json.Number(fmt.Sprint(number)) }

// many is a list of count elements, each made from its index.
func many[T any](count int, element func(i int) T) l {
	out := l{}
	for i := range count {
		out = append(out, element(i))
	}
	return out
}

// named is a map of count strings.
func named(count int, value string) m {
	out := m{}
	for i := range count {
		out[fmt.Sprintf("n%03d", i)] = value
	}
	return out
}

func group(i int) m        { return m{"groupName": fmt.Sprintf("g%d", i)} }
func entry(i int) m        { return m{"Id": fmt.Sprint(i), "MessageBody": "m"} }
func notification(i int) m { return m{"Id": fmt.Sprint(i), "Message": "m"} }
func policies(count int) m {
	return m{"policies": many(count, func(i int) m { return m{"policyName": fmt.Sprint(i)} })}
}
func item(value string) m { return m{"TableName": "t", "Item": m{"pk": m{"S": value}}} }
func attribute(k, v any) m {
	return m{"UserAttributes": l{m{"Name": k, "Value": v}}, "UserPoolId": "p"}
}
func events(at ...int) m {
	return m{"logEvents": many(len(at), func(i int) m { return m{"timestamp": n(at[i]), "message": "m"} })}
}
func schedule(text string) m {
	return m{"ScheduleExpression": text, "FlexibleTimeWindow": m{"Mode": "OFF"}, "Target": m{"Arn": "arn:aws:lambda:x", "RoleArn": "arn:aws:iam::1:role/r"}}
}
func but(base m, name string, value any) m { out := maps.Clone(base); out[name] = value; return out }

func filter(policy string) m {
	return m{"AttributeName": "FilterPolicy", "AttributeValue": policy}
}

// body is a CloudFormation call with the template t.
func body(t m) m {
	b, err := json.Marshal(t)
	if err != nil {
		panic(err) // cannot happen: the template is a literal
	}
	return m{"StackName": "s", "TemplateBody": string(b)}
}

func resource(kind string, properties m) m {
	return body(m{"Resources": m{"R": m{"Type": kind, "Properties": properties}}})
}

func template(t m) m { return m{"TemplateBody": body(t)["TemplateBody"]} }

func exporting(name, value string) m {
	return m{"Outputs": m{"O": m{"Value": value, "Export": m{"Name": name}}}}
}

func indexes(names ...string) m {
	return m{"Resources": m{"T": m{"Type": "AWS::DynamoDB::GlobalTable", "Properties": m{
		"GlobalSecondaryIndexes": many(len(names), func(i int) m { return m{"IndexName": names[i]} })}}}}
}

func queueAndFunction(visible, timeout int) m {
	return body(m{"Resources": m{
		"Q": m{"Type": "AWS::SQS::Queue", "Properties": m{"VisibilityTimeout": visible}},
		"F": m{"Type": "AWS::Lambda::Function", "Properties": m{"Timeout": timeout}},
		"M": m{"Type": "AWS::Lambda::EventSourceMapping", "Properties": m{"EventSourceArn": m{"Fn::GetAtt": l{"Q", "Arn"}}, "FunctionName": m{"Ref": "F"}}},
	}})
}

var (
	inFleet = map[string]m{
		"iot.ListThingGroupsForThing":      {"thingGroups": l{m{"groupName": "fleet"}}},
		"iot.DescribeThingGroup acme":      {"thingGroupMetadata": m{"parentGroupName": "fleet"}},
		"iot.DescribeThingGroup fleet":     {"thingGroupMetadata": m{}},
		"iot.DescribeThingGroup elsewhere": {"thingGroupMetadata": m{}},
	}
	table = map[string]m{"dynamodb.DescribeTable": {"Table": m{
		"KeySchema":              l{m{"AttributeName": "pk", "KeyType": "HASH"}, m{"AttributeName": "sk", "KeyType": "RANGE"}},
		"AttributeDefinitions":   l{m{"AttributeName": "pk", "AttributeType": "S"}, m{"AttributeName": "sk", "AttributeType": "S"}, m{"AttributeName": "gk", "AttributeType": "S"}},
		"GlobalSecondaryIndexes": l{m{"IndexName": "byG", "KeySchema": l{m{"AttributeName": "gk", "KeyType": "HASH"}}}},
	}}}
	certificate = m{"certificateDescription": m{"certificateArn": "arn", "status": "INACTIVE"}}
	pool        = map[string]m{"cognito-idp.DescribeUserPool": {"UserPool": m{"SchemaAttributes": l{
		m{"Name": "custom:fixed", "Mutable": false}, m{"Name": "custom:free", "Mutable": true, "StringAttributeConstraints": m{"MaxLength": "5"}},
	}}}}
	topic = map[string]m{"sns.GetTopicAttributes": {"Attributes": m{}}}
)

// below is a list of count groups under a parent.
func below(parent string, count int) map[string]m {
	there := map[string]m{"iot.ListThingGroups": {"thingGroups": many(count, group)}, "iot.DescribeThingGroup " + parent: {}}
	for i := range count {
		there[fmt.Sprintf("iot.DescribeThingGroup g%d", i)] = m{"thingGroupMetadata": m{"parentGroupName": parent}}
	}
	return there
}

func bucketStack(resources m) map[string]m {
	return map[string]m{
		"cloudformation.GetTemplate":            template(m{"Resources": resources}),
		"cloudformation.DescribeStackResources": {"StackResources": l{m{"LogicalResourceId": "R", "PhysicalResourceId": "b", "ResourceType": resources["R"].(m)["Type"]}}},
		"s3.ListObjectVersions":                 {"Versions": l{m{"Key": "k"}}},
		"iot.ListTargetsForPolicy":              {"targets": l{"cert"}},
	}
}

// examples has an entry for each rule of the table.
var examples = map[string]example{
	"a thing is in one group of a hierarchy": {refused: m{"thingName": "car", "thingGroupName": "acme"}, there: inFleet,
		passes: m{"thingName": "car", "thingGroupName": "elsewhere"}},
	"a thing is in at most 10 groups": {refused: m{"thingName": "car", "thingGroupName": "new"},
		there:   map[string]m{"iot.ListThingGroupsForThing": {"thingGroups": many(10, group)}},
		instead: map[string]m{"iot.ListThingGroupsForThing": {"thingGroups": many(9, group)}}},
	"a thing group has at most 100 direct children": {refused: m{"thingGroupName": "new", "parentGroupName": "fleet"},
		there: below("fleet", 100), instead: below("fleet", 99)},
	"a hierarchy of thing groups is at most 7 deep": {refused: m{"thingGroupName": "new", "parentGroupName": "deep"},
		there:   map[string]m{"iot.DescribeThingGroup": {"thingGroupMetadata": m{"rootToParentThingGroups": many(6, group)}}},
		instead: map[string]m{"iot.DescribeThingGroup": {"thingGroupMetadata": m{"rootToParentThingGroups": many(5, group)}}}},
	"a thing group has at most 50 attributes": {
		refused: m{"thingGroupName": "g", "thingGroupProperties": m{"attributePayload": m{"attributes": named(51, "v")}}},
		passes:  m{"thingGroupName": "g", "thingGroupProperties": m{"attributePayload": m{"attributes": named(50, "v")}}}},
	"a thing group without children is deleted": {refused: m{"thingGroupName": "fleet"},
		there: below("fleet", 1), instead: below("other", 1)},
	"a thing without a type has at most 3 attributes": {refused: m{"attributePayload": m{"attributes": named(4, "v")}},
		passes: m{"attributePayload": m{"attributes": named(4, "v")}, "thingTypeName": "car"}},
	"a thing with a type has at most 50 attributes": {refused: m{"thingTypeName": "car", "attributePayload": m{"attributes": named(51, "v")}},
		passes: m{"thingTypeName": "car", "attributePayload": m{"attributes": named(50, "v")}}},
	"a thing type has at most 3 searchable attributes": {refused: m{"thingTypeProperties": m{"searchableAttributes": l{"a", "b", "c", "d"}}},
		passes: m{"thingTypeProperties": m{"searchableAttributes": l{"a", "b", "c"}}}},
	"a new thing has a type that is not deprecated": {refused: m{"thingName": "car", "thingTypeName": "old"},
		there:   map[string]m{"iot.DescribeThingType": {"thingTypeMetadata": m{"deprecated": true}}},
		instead: map[string]m{"iot.DescribeThingType": {"thingTypeMetadata": m{"deprecated": false}}}},
	"a thing type is deleted five minutes after its deprecation": {refused: m{"thingTypeName": "old"},
		there:   map[string]m{"iot.DescribeThingType": {"thingTypeName": "old", "thingTypeMetadata": m{"deprecated": true, "deprecationDate": n(time.Now().Unix())}}},
		instead: map[string]m{"iot.DescribeThingType": {"thingTypeName": "old", "thingTypeMetadata": m{"deprecated": true, "deprecationDate": n(time.Now().Unix() - 301)}}}},
	"a thing type of no thing is deleted": {refused: m{"thingTypeName": "old"},
		there: map[string]m{"iot.ListThings": {"things": l{m{}}}}, instead: map[string]m{"iot.ListThings": {}}},
	"a thing without principals is deleted": {refused: m{"thingName": "car"},
		there: map[string]m{"iot.ListThingPrincipals": {"principals": l{"cert"}}}, instead: map[string]m{"iot.ListThingPrincipals": {}}},

	"a policy has at most 2048 characters without white space": {refused: m{"policyDocument": x("x", 2049)}, passes: m{"policyDocument": x("x", 2048) + x(" ", 99)}},
	"a policy has at most 5 versions": {refused: m{"policyName": "p"},
		there: map[string]m{"iot.ListPolicyVersions": {"policyVersions": make(l, 5)}}, instead: map[string]m{"iot.ListPolicyVersions": {"policyVersions": make(l, 4)}}},
	"a policy that is attached nowhere is deleted": {refused: m{"policyName": "p"},
		there: map[string]m{"iot.ListTargetsForPolicy": {"targets": l{"cert"}}}, instead: map[string]m{"iot.ListTargetsForPolicy": {}}},
	"a policy without other versions than its default is deleted": {refused: m{"policyName": "p"},
		there: map[string]m{"iot.ListPolicyVersions": {"policyVersions": make(l, 2)}}, instead: map[string]m{"iot.ListPolicyVersions": {"policyVersions": make(l, 1)}}},
	"a version is deleted that is not the default": {refused: m{"policyName": "p", "policyVersionId": "1"},
		there: map[string]m{"iot.GetPolicyVersion": {"isDefaultVersion": true}}, instead: map[string]m{"iot.GetPolicyVersion": {"isDefaultVersion": false}}},
	"a certificate or group has at most 10 policies": {refused: m{"policyName": "new", "target": "cert"},
		there: map[string]m{"iot.ListAttachedPolicies": policies(10)}, instead: map[string]m{"iot.ListAttachedPolicies": policies(9)}},
	"an active certificate is not deleted": {refused: m{"certificateId": "c"},
		there:   map[string]m{"iot.DescribeCertificate": {"certificateDescription": m{"status": "ACTIVE"}}},
		instead: map[string]m{"iot.DescribeCertificate": {"certificateDescription": m{"status": "REVOKED"}}}},
	"a certificate without things is deleted": {refused: m{"certificateId": "c"},
		there:   map[string]m{"iot.DescribeCertificate": certificate, "iot.ListPrincipalThings": {"things": l{"car"}}, "iot.ListAttachedPolicies": {}},
		instead: map[string]m{"iot.DescribeCertificate": certificate, "iot.ListPrincipalThings": {}, "iot.ListAttachedPolicies": {}}},
	"a certificate without policies is deleted": {refused: m{"certificateId": "c"}, passes: m{"certificateId": "c", "forceDelete": true},
		there: map[string]m{"iot.DescribeCertificate": certificate, "iot.ListPrincipalThings": {}, "iot.ListAttachedPolicies": policies(1)}},
	"an active CA certificate is not deleted": {refused: m{"certificateId": "c"},
		there:   map[string]m{"iot.DescribeCACertificate": {"certificateDescription": m{"status": "ACTIVE"}}},
		instead: map[string]m{"iot.DescribeCACertificate": {"certificateDescription": m{"status": "INACTIVE"}}}},
	"a certificate's status is set to one that it may be set to": {refused: m{"newStatus": "PENDING_ACTIVATION"}, passes: m{"newStatus": "ACTIVE"}},
	"a CA has a verification certificate, or is told by SNI":     {refused: m{"caCertificate": "pem"}, passes: m{"caCertificate": "pem", "certificateMode": "SNI_ONLY"}},

	"a shadow's document has at most 8 KB":         {refused: m{"payload": []byte(x("x", 8193))}, passes: m{"payload": []byte(x("x", 8192))}},
	"a shadow's state is at most 8 levels deep":    {refused: m{"payload": []byte(`{"state":{"desired":` + x(`{"a":`, 9) + "1" + x("}", 11))}, passes: m{"payload": []byte(`{"state":{"desired":` + x(`{"a":`, 8) + "1" + x("}", 10))}},
	"a shadow's client token has at most 64 bytes": {refused: m{"payload": []byte(`{"clientToken":"` + x("t", 65) + `"}`)}, passes: m{"payload": []byte(`{"clientToken":"` + x("t", 64) + `"}`)}},
	"a message has at most 128 KB":                 {refused: m{"topic": "a", "payload": []byte(x("x", 131073))}, passes: m{"topic": "a", "payload": []byte(x("x", 131072))}},
	"a topic has at most 256 bytes":                {refused: m{"topic": x("t", 257)}, passes: m{"topic": x("t", 256)}},
	"a topic has at most 7 slashes":                {refused: m{"topic": x("/", 8)}, passes: m{"topic": "$aws/rules/r" + x("/", 8)}},
	"a message goes to a topic without wildcards":  {refused: m{"topic": "a/+"}, passes: m{"topic": "a/b"}},

	"an expression has at most 4 KB": {refused: m{"ConditionExpression": x("x", 4097)}, passes: m{"ConditionExpression": x("x", 4096)}},
	"every value of an expression is used": {refused: m{"ConditionExpression": "a = :a", "ExpressionAttributeValues": m{":a": m{"S": "x"}, ":b": m{"S": "x"}}},
		passes: m{"ConditionExpression": "a = :a", "ExpressionAttributeValues": m{":a": m{"S": "x"}}}},
	"every name of an expression is used": {refused: m{"ConditionExpression": "#a = a", "ExpressionAttributeNames": m{"#a": "a", "#b": "b"}},
		passes: m{"ConditionExpression": "#a = a", "ExpressionAttributeNames": m{"#a": "a"}}},
	"values of expressions that are given are not empty": {refused: m{"ExpressionAttributeValues": m{}}, passes: m{}},
	"a batch writes at most 25 items":                    {refused: m{"RequestItems": m{"a": make(l, 13), "b": make(l, 13)}}, passes: m{"RequestItems": m{"a": make(l, 13), "b": make(l, 12)}}},
	"a batch gets at most 100 items": {
		refused: m{"RequestItems": m{"a": m{"Keys": many(101, func(i int) m { return m{"pk": m{"N": fmt.Sprint(i)}} })}}},
		passes:  m{"RequestItems": m{"a": m{"Keys": many(100, func(i int) m { return m{"pk": m{"N": fmt.Sprint(i)}} })}}}},
	"a batch gets every item once": {refused: m{"RequestItems": m{"a": m{"Keys": l{m{"pk": m{"S": "1"}}, m{"pk": m{"S": "1"}}}}}},
		passes: m{"RequestItems": m{"a": m{"Keys": l{m{"pk": m{"S": "1"}}, m{"pk": m{"S": "2"}}}}}}},
	"a batch writes every item once": {there: table,
		refused: m{"RequestItems": m{"t": l{m{"PutRequest": item("1")}, m{"DeleteRequest": m{"Key": m{"pk": m{"S": "1"}}}}}}},
		passes:  m{"RequestItems": m{"t": l{m{"PutRequest": item("1")}, m{"DeleteRequest": m{"Key": m{"pk": m{"S": "2"}}}}}}}},
	"a batch of writes has at most 16 MB": {refused: m{"body": x("x", 16<<20+1)}, passes: m{"body": x("x", 16<<20)}},
	"a transaction touches every item once": {there: table,
		refused: m{"TransactItems": l{m{"Put": item("1")}, m{"Update": m{"TableName": "t", "Key": m{"pk": m{"S": "1"}, "sk": nil}}}}},
		passes:  m{"TransactItems": l{m{"Put": item("1")}, m{"Update": m{"TableName": "t", "Key": m{"pk": m{"S": "2"}, "sk": nil}}}}}},
	"a transaction has at most 4 MB": {
		refused: m{"TransactItems": many(11, func(i int) m { return m{"Put": m{"Item": m{"pk": m{"S": fmt.Sprint(i)}, "v": m{"S": x("x", 400000)}}}} })},
		passes:  m{"TransactItems": many(10, func(i int) m { return m{"Put": m{"Item": m{"pk": m{"S": fmt.Sprint(i)}, "v": m{"S": x("x", 400000)}}}} })}},

	"an item has at most 400 KB":               {refused: m{"Item": m{"a": m{"S": x("x", 400<<10)}}}, passes: m{"Item": m{"a": m{"S": x("x", 400<<10-1)}}}},
	"a value is nested at most 32 levels deep": {refused: m{"Item": m{"a": nested(33)}}, passes: m{"Item": m{"a": nested(32)}}},
	"a set is not empty":                       {refused: m{"Item": m{"a": m{"SS": l{}}}}, passes: m{"Item": m{"a": m{"L": l{}}}}},
	"a set has every element once":             {refused: m{"Item": m{"a": m{"SS": l{"1", "1"}}}}, passes: m{"Item": m{"a": m{"SS": l{"1", "2"}}}}},
	"a number has at most 38 digits":           {refused: m{"Item": m{"a": m{"N": x("1", 39)}}}, passes: m{"Item": m{"a": m{"N": "0.0" + x("1", 38) + "000"}}}},
	"a number is one":                          {refused: m{"Item": m{"a": m{"N": "one"}}}, passes: m{"Item": m{"a": m{"N": "-1.5e3"}}}},
	"a key attribute is not empty":             {there: table, operation: "PutItem", refused: item(""), passes: item("1")},
	"a partition key has at most 2048 bytes":   {there: table, operation: "PutItem", refused: item(x("k", 2049)), passes: item(x("k", 2048))},
	"a sort key has at most 1024 bytes": {there: table, operation: "GetItem", refused: m{"TableName": "t", "Key": m{"pk": m{"S": "1"}, "sk": m{"S": x("k", 1025)}}},
		passes: m{"TableName": "t", "Key": m{"pk": m{"S": "1"}, "sk": m{"S": x("k", 1024)}}}},
	"a key attribute has the type of the table": {there: table, operation: "PutItem", refused: m{"TableName": "t", "Item": m{"pk": m{"N": "1"}}}, passes: item("1")},
	"an index's key attribute has the type of the index": {there: table, refused: m{"TableName": "t", "Item": m{"pk": m{"S": "1"}, "gk": m{"N": "1"}}},
		passes: m{"TableName": "t", "Item": m{"pk": m{"S": "1"}, "gk": m{"S": "1"}}}},

	"a table has at most 20 global indexes": {refused: m{"GlobalSecondaryIndexes": make(l, 21)}, passes: m{"GlobalSecondaryIndexes": make(l, 20)}},
	"a table has at most 5 local indexes":   {refused: m{"LocalSecondaryIndexes": make(l, 6)}, passes: m{"LocalSecondaryIndexes": make(l, 5)}},
	"a table defines the attributes of its keys and no others": {
		refused: m{"KeySchema": l{m{"AttributeName": "a"}}, "AttributeDefinitions": l{m{"AttributeName": "a"}, m{"AttributeName": "b"}}},
		passes:  m{"KeySchema": l{m{"AttributeName": "a"}}, "AttributeDefinitions": l{m{"AttributeName": "a"}}}},
	"a table's update makes or deletes one index": {refused: m{"GlobalSecondaryIndexUpdates": l{m{"Create": m{}}, m{"Delete": m{}}}},
		passes: m{"GlobalSecondaryIndexUpdates": l{m{"Create": m{}}, m{"Update": m{}}}}},

	"a record has at most the stream's size, 1 MiB unless it says more": {refused: m{"StreamName": "s", "Data": []byte(x("x", 1<<20)), "PartitionKey": "k"},
		there:   map[string]m{"kinesis.DescribeStreamSummary": {"StreamDescriptionSummary": m{"MaxRecordSizeInKiB": n(1024)}}},
		instead: map[string]m{"kinesis.DescribeStreamSummary": {"StreamDescriptionSummary": m{"MaxRecordSizeInKiB": n(10240)}}}},
	"a request has at most 10 MiB": {refused: m{"StreamName": "s", "Records": many(11, func(int) m { return m{"Data": []byte(x("x", 1<<20-1)), "PartitionKey": "k"} })},
		passes: m{"StreamName": "s", "Records": many(10, func(int) m { return m{"Data": []byte(x("x", 1<<20-1)), "PartitionKey": "k"} })}},
	"a stream is named by its name, its ARN or its id": {refused: m{"PartitionKey": "k"}, passes: m{"PartitionKey": "k", "StreamARN": "arn"}},

	"a message has at most 1 MiB with its attributes": {refused: m{"MessageBody": x("x", 1<<20), "MessageAttributes": m{"a": m{"StringValue": "v"}}}, passes: m{"MessageBody": x("x", 1<<20)}},
	"the messages of a batch have at most 1 MiB together": {refused: m{"Entries": l{entry(1), m{"Id": "2", "MessageBody": x("x", 1<<20)}}},
		passes: m{"Entries": l{entry(1), m{"Id": "2", "MessageBody": x("x", 1<<20-1)}}}},
	"a batch of messages has at most 10 entries":                           {refused: m{"Entries": many(11, entry)}, passes: m{"Entries": many(10, entry)}},
	"a batch of messages is not empty":                                     {refused: m{"Entries": l{}}, passes: m{"Entries": many(1, entry)}},
	"the entries of a batch have ids of their own":                         {refused: m{"Entries": l{entry(1), entry(1)}}, passes: m{"Entries": l{entry(1), entry(2)}}},
	"an entry's id has up to 80 letters, digits, hyphens and underscores":  {refused: m{"Entries": l{m{"Id": x("i", 81)}}}, passes: m{"Entries": l{m{"Id": x("i", 80)}}}},
	"a message has at most 10 attributes":                                  {refused: m{"MessageAttributes": named(11, "v")}, passes: m{"MessageAttributes": named(10, "v")}},
	"a message has characters of XML alone":                                {refused: m{"MessageBody": "a\x00"}, passes: m{"MessageBody": "a\t\u00e9"}},
	"1 to 10 messages are received at once":                                {refused: m{"MaxNumberOfMessages": n(11)}, passes: m{"MaxNumberOfMessages": n(10)}},
	"messages are waited for up to 20 seconds":                             {refused: m{"WaitTimeSeconds": n(21)}, passes: m{"WaitTimeSeconds": n(20)}},
	"a message is invisible for up to 12 hours":                            {refused: m{"VisibilityTimeout": n(43201)}, passes: m{"VisibilityTimeout": n(43200)}},
	"a message is delayed for up to 15 minutes":                            {refused: m{"DelaySeconds": n(901)}, passes: m{"DelaySeconds": n(900)}},
	"a queue's attributes are within their ranges":                         {refused: m{"QueueName": "q", "Attributes": m{"VisibilityTimeout": "43201"}}, passes: m{"QueueName": "q", "Attributes": m{"VisibilityTimeout": "43200"}}},
	"a queue's name has up to 80 letters, digits, hyphens and underscores": {refused: m{"QueueName": "q.a"}, passes: m{"QueueName": "q.fifo"}},

	"a notification has at most its topic's size, 256 KiB unless it says more": {refused: m{"TopicArn": "t", "Message": x("x", 256<<10+1)}, there: topic,
		instead: map[string]m{"sns.GetTopicAttributes": {"Attributes": m{"MaximumMessageSize": "1048576"}}}},
	"the notifications of a batch have at most their topic's size together": {there: topic,
		refused: m{"TopicArn": "t", "PublishBatchRequestEntries": l{notification(1), m{"Id": "2", "Message": x("x", 256<<10)}}},
		passes:  m{"TopicArn": "t", "PublishBatchRequestEntries": l{notification(1), m{"Id": "2", "Message": x("x", 256<<10-1)}}}},
	"a batch of notifications has at most 10 entries": {refused: m{"PublishBatchRequestEntries": many(11, notification)}, passes: m{"PublishBatchRequestEntries": many(10, notification)}},
	"a batch of notifications is not empty":           {refused: m{"PublishBatchRequestEntries": l{}}, passes: m{"PublishBatchRequestEntries": many(1, notification)}},
	"the entries of a batch of notifications have ids of their own": {refused: m{"PublishBatchRequestEntries": l{notification(1), notification(1)}},
		passes: m{"PublishBatchRequestEntries": l{notification(1), notification(2)}}},
	"a notification's attribute has a type and a value": {refused: m{"MessageAttributes": m{"a": m{"DataType": "String", "StringValue": ""}}},
		passes: m{"MessageAttributes": m{"a": m{"DataType": "String", "StringValue": "v"}}}},
	"a subject has at most 100 characters of ASCII and no line breaks": {refused: m{"Subject": "Gr\u00fc\u00dfe"}, passes: m{"Subject": x("s", 100)}},
	"a text message has at most 1600 characters":                       {refused: m{"PhoneNumber": "+491", "Message": x("x", 1601)}, passes: m{"PhoneNumber": "+491", "Message": x("x", 1600)}},
	"a phone number is in the form of E.164":                           {refused: m{"PhoneNumber": "0049"}, passes: m{"PhoneNumber": "+49151"}},
	"a filter policy is a JSON object":                                 {refused: filter("{"), passes: filter("{}"), operation: "SetSubscriptionAttributes"},
	"a filter policy has at most 5 names": {refused: filter(`{"a":["1"],"b":["1"],"c":["1"],"d":["1"],"e":["1"],"f":["1"]}`), passes: filter(`{"a":["1"],"b":["1"],"c":["1"],"d":["1"],"e":["1"]}`),
		operation: "SetSubscriptionAttributes"},
	"a filter policy has at most 150 combinations of values": {refused: filter(`{"a":[1` + x(",1", 75) + `],"b":[1,2]}`), passes: filter(`{"a":[1` + x(",1", 74) + `],"b":[1,2]}`),
		operation: "SetSubscriptionAttributes"},

	"a function is called with at most 6 MB":                       {refused: m{"Payload": []byte(x("x", 6291557))}, passes: m{"Payload": []byte(x("x", 6291556))}},
	"an event has at most 1 MB":                                    {refused: m{"InvocationType": "Event", "Payload": []byte(x("x", 1<<20+1))}, passes: m{"InvocationType": "Event", "Payload": []byte(x("x", 1<<20))}},
	"a function's environment has at most 4 KB":                    {refused: m{"Environment": m{"Variables": m{"A": x("x", 4096)}}}, passes: m{"Environment": m{"Variables": m{"A": x("x", 4095)}}}},
	"a function's environment leaves Lambda's own variables alone": {refused: m{"Environment": m{"Variables": m{"AWS_REGION": "x"}}}, passes: m{"Environment": m{"Variables": m{"AWS_SDK_UA_APP_ID": "x"}}}},
	"a function has at most 5 layers":                              {refused: m{"Layers": make(l, 6)}, passes: m{"Layers": make(l, 5)}},
	"a queue's messages are invisible for at least the function's timeout": {
		refused: m{"EventSourceArn": "arn:aws:sqs:r:1:q", "FunctionName": "f"},
		there:   map[string]m{"lambda.GetFunctionConfiguration": {"Timeout": n(31)}, "sqs.GetQueueUrl": {"QueueUrl": "u"}, "sqs.GetQueueAttributes": {"Attributes": m{"VisibilityTimeout": "30"}}},
		instead: map[string]m{"lambda.GetFunctionConfiguration": {"Timeout": n(30)}, "sqs.GetQueueUrl": {"QueueUrl": "u"}, "sqs.GetQueueAttributes": {"Attributes": m{"VisibilityTimeout": "30"}}}},
	"more than 10 messages at once are waited for": {refused: m{"EventSourceArn": "arn:aws:sqs:r:1:q", "BatchSize": n(11)},
		passes: m{"EventSourceArn": "arn:aws:sqs:r:1:q", "BatchSize": n(11), "MaximumBatchingWindowInSeconds": n(1)}},
	"a stream is read from a position": {refused: m{"EventSourceArn": "arn:aws:kinesis:r:1:stream/s"}, passes: m{"EventSourceArn": "arn:aws:kinesis:r:1:stream/s", "StartingPosition": "LATEST"}},

	"a bucket is deleted when it is empty":      {refused: m{"Bucket": "b"}, there: map[string]m{"s3.ListObjectVersions": {"DeleteMarkers": l{m{}}}}, instead: map[string]m{"s3.ListObjectVersions": {}}},
	"a bucket's name is one that DNS takes":     {refused: m{"Bucket": "My_Bucket"}, passes: m{"Bucket": "my-bucket"}},
	"a key has at most 1024 bytes":              {operation: "PutObject", refused: m{"Key": x("k", 1025)}, passes: m{"Key": x("k", 1024)}},
	"an object has at most 2 KB of metadata":    {refused: m{"Key": "k", "Metadata": m{"a": x("x", 2048)}}, passes: m{"Key": "k", "Metadata": m{"a": x("x", 2047)}}},
	"an object of one request has at most 5 GB": {refused: m{"Key": "k", "length": 5<<30 + 1}, passes: m{"Key": "k", "length": 5 << 30}},
	"a part has a number from 1 to 10,000":      {refused: m{"Key": "k", "PartNumber": n(10001)}, passes: m{"Key": "k", "PartNumber": n(10000)}},
	"a request deletes at most 1,000 objects":   {refused: m{"Delete": m{"Objects": make(l, 1001)}}, passes: m{"Delete": m{"Objects": make(l, 1000)}}},
	"an object has at most 10 tags":             {refused: m{"Tagging": m{"TagSet": make(l, 11)}}, passes: m{"Tagging": m{"TagSet": make(l, 10)}}},

	"an attribute that never changes is not updated":         {there: pool, refused: attribute("custom:fixed", "1"), passes: attribute("custom:free", "1")},
	"an attribute is in the pool's schema":                   {there: pool, refused: attribute("custom:unknown", "1"), passes: attribute("email", "1")},
	"an attribute's value keeps to the length of the schema": {there: pool, refused: attribute("custom:free", "123456"), passes: attribute("custom:free", "12345")},
	"a pool has at most 50 attributes of its own":            {refused: m{"Schema": append(many(51, group), m{"Name": "email"})}, passes: m{"Schema": append(many(50, group), m{"Name": "email"})}},
	"a user is in at most 100 groups": {refused: m{"UserPoolId": "p", "Username": "u"},
		there: map[string]m{"cognito-idp.AdminListGroupsForUser": {"Groups": make(l, 100)}}, instead: map[string]m{"cognito-idp.AdminListGroupsForUser": {"Groups": make(l, 99)}}},
	"an e-mail address is verified together with it or not at all": {refused: attribute("email_verified", "yes"), passes: attribute("email_verified", "true")},

	"a schedule is at(), rate() or cron()": {refused: schedule("rate(1 minutes)"), passes: schedule("rate(1 minute)")},
	"a flexible window has a length, and no other has one": {refused: but(schedule("rate(1 minute)"), "FlexibleTimeWindow", m{"Mode": "FLEXIBLE"}),
		passes: but(schedule("rate(1 minute)"), "FlexibleTimeWindow", m{"Mode": "FLEXIBLE", "MaximumWindowInMinutes": n(5)})},
	"a schedule ends after it starts": {refused: but(but(schedule("cron(0 8 * * ? *)"), "StartDate", n(20)), "EndDate", n(10)),
		passes: but(but(schedule("cron(0 8 * * ? *)"), "StartDate", n(10)), "EndDate", n(20))},
	"a schedule's target is an ARN, its role another": {refused: but(schedule("at(2027-01-01T00:00:00)"), "Target", m{"Arn": "queue", "RoleArn": "arn:aws:iam::1:role/r"}),
		passes: schedule("at(2027-01-01T00:00:00)")},

	"the entries of a request have at most 1 MB": {refused: m{"Entries": l{m{"Detail": x("x", 1<<20)}}}, passes: m{"Entries": l{m{"Detail": x("x", 1<<20-1)}}}},
	"a rule has a pattern or a schedule":         {refused: m{"Name": "r"}, passes: m{"Name": "r", "EventPattern": "{}"}},
	"a rule's pattern is JSON":                   {refused: m{"EventPattern": "{"}, passes: m{"EventPattern": "{}"}},
	"a record has at most 1,000 KiB":             {refused: m{"Record": m{"Data": []byte(x("x", 1000<<10+1))}}, passes: m{"Record": m{"Data": []byte(x("x", 1000<<10))}}},
	"a batch has at most 4 MiB": {refused: m{"Records": many(5, func(int) m { return m{"Data": []byte(x("x", 1000<<10))} })},
		passes: m{"Records": many(4, func(int) m { return m{"Data": []byte(x("x", 1000<<10))} })}},
	"a batch of log events has at most 1,048,576 bytes": {refused: m{"logEvents": l{m{"message": x("x", 1<<20-25)}}}, passes: m{"logEvents": l{m{"message": x("x", 1<<20-26)}}}},
	"log events come in the order of time":              {refused: events(2, 1), passes: events(1, 2)},
	"a batch of log events spans at most 24 hours":      {refused: events(0, 86400001), passes: events(0, 86400000)},

	"a role's inline policies have at most 10,240 characters together": {refused: m{"RoleName": "r", "PolicyName": "new", "PolicyDocument": x("x", 241)},
		passes: m{"RoleName": "r", "PolicyName": "new", "PolicyDocument": x("x", 240)},
		there:  map[string]m{"iam.ListRolePolicies": {"PolicyNames": l{"old"}}, "iam.GetRolePolicy": {"PolicyDocument": x("x", 10000)}}},
	"a role's trust policy has at most 2,048 characters": {refused: m{"AssumeRolePolicyDocument": x("x", 2049)}, passes: m{"AssumeRolePolicyDocument": x("x", 2048)}},
	"a managed policy has at most 6,144 characters":      {refused: m{"PolicyDocument": x("x", 6145)}, passes: m{"PolicyDocument": x("x", 6144)}},
	"a role has at most 10 managed policies": {refused: m{"RoleName": "r", "PolicyArn": "new"},
		there:   map[string]m{"iam.ListAttachedRolePolicies": {"AttachedPolicies": make(l, 10)}},
		instead: map[string]m{"iam.ListAttachedRolePolicies": {"AttachedPolicies": make(l, 9)}}},
	"a managed policy has at most 5 versions": {refused: m{"PolicyArn": "p"},
		there: map[string]m{"iam.ListPolicyVersions": {"Versions": make(l, 5)}}, instead: map[string]m{"iam.ListPolicyVersions": {"Versions": make(l, 4)}}},
	"a role without policies is deleted": {refused: m{"RoleName": "r"},
		there: map[string]m{"iam.ListRolePolicies": {"PolicyNames": l{"p"}}}, instead: map[string]m{"iam.ListRolePolicies": {}}},

	"a template in the call has at most 51,200 bytes": {refused: body(m{"Metadata": x("x", 51200)}), passes: body(m{"Metadata": x("x", 51000)})},
	"a template in S3 has at most 1 MB": {refused: m{"StackName": "s", "TemplateURL": "https://b.s3.eu-central-1.amazonaws.com/k"},
		there:   map[string]m{"s3.GetObject": {"Body": []byte(`{"Metadata":"` + x("x", 1<<20) + `"}`)}},
		instead: map[string]m{"s3.GetObject": {"Body": []byte(`{"Metadata":"` + x("x", 1<<20-99) + `"}`)}}},
	"a template has at most 500 resources":             {refused: body(m{"Resources": named(501, "r")}), passes: body(m{"Resources": named(500, "r")})},
	"a template has at most 200 outputs":               {refused: body(m{"Outputs": named(201, "o")}), passes: body(m{"Outputs": named(200, "o")})},
	"a template has at most 200 parameters":            {refused: body(m{"Parameters": named(201, "p")}), passes: body(m{"Parameters": named(200, "p")})},
	"a template has at most 200 mappings":              {refused: body(m{"Mappings": named(201, "p")}), passes: body(m{"Mappings": named(200, "p")})},
	"a template's description has at most 1,024 bytes": {refused: body(m{"Description": x("d", 1025)}), passes: body(m{"Description": x("d", 1024)})},
	"a parameter's value has at most 4,096 bytes": {refused: m{"Parameters": l{m{"ParameterKey": "p", "ParameterValue": x("v", 4097)}}},
		passes: m{"Parameters": l{m{"ParameterKey": "p", "ParameterValue": x("v", 4096)}}}},
	"a template's roles have at most 10,240 characters of inline policies": {
		refused: body(m{"Resources": m{"Role": m{"Type": "AWS::IAM::Role", "Properties": m{"Policies": l{m{"PolicyDocument": x("x", 5121)}}}},
			"Policy": m{"Type": "AWS::IAM::Policy", "Properties": m{"Roles": l{m{"Ref": "Role"}}, "PolicyDocument": x("x", 5120)}}}}),
		passes: body(m{"Resources": m{"Role": m{"Type": "AWS::IAM::Role", "Properties": m{"Policies": l{m{"PolicyDocument": x("x", 5120)}}}},
			"Policy": m{"Type": "AWS::IAM::Policy", "Properties": m{"Roles": l{m{"Ref": "Role"}}, "PolicyDocument": x("x", 5120)}}}})},
	"a template's managed policies have at most 6,144 characters": {refused: resource("AWS::IAM::ManagedPolicy", m{"PolicyDocument": x("x", 6145)}),
		passes: resource("AWS::IAM::ManagedPolicy", m{"PolicyDocument": x("x", 6144)})},
	"a template's IoT policies have at most 2,048 characters": {
		refused: resource("AWS::IoT::Policy", m{"PolicyDocument": m{"Fn::Join": l{"", l{x("x", 2040), m{"Ref": "AWS::Region"}}}}}),
		passes:  resource("AWS::IoT::Policy", m{"PolicyDocument": m{"Fn::Sub": x("x", 2030) + "${AWS::Region}"}})},
	"a template's functions have at most 4 KB of environment": {refused: resource("AWS::Lambda::Function", m{"Environment": m{"Variables": m{"A": x("x", 4096)}}}),
		passes: resource("AWS::Lambda::Function", m{"Environment": m{"Variables": m{"A": x("x", 4095)}}})},
	"a template's functions leave Lambda's own variables alone": {refused: resource("AWS::Lambda::Function", m{"Environment": m{"Variables": m{"AWS_REGION": "x"}}}),
		passes: resource("AWS::Lambda::Function", m{"Environment": m{"Variables": m{"REGION": "x"}}})},
	"a template's queues are invisible for at least their function's timeout": {refused: queueAndFunction(30, 31), passes: queueAndFunction(30, 30)},
	"a table's update in a template makes or deletes one index": {refused: body(indexes("a", "b", "c")),
		there: map[string]m{"cloudformation.GetTemplate": template(indexes("a"))}, instead: map[string]m{"cloudformation.GetTemplate": template(indexes("a", "b"))}},
	"an export that is in use stays": {refused: body(m{}), there: map[string]m{"cloudformation.GetTemplate": template(exporting("e", "1")), "cloudformation.ListImports": {"Imports": l{"other"}}},
		instead: map[string]m{"cloudformation.GetTemplate": template(exporting("e", "1")), "cloudformation.ListImports": {}}},
	"an export that is in use keeps its value": {refused: body(exporting("e", "2")), passes: body(exporting("e", "1")),
		there: map[string]m{"cloudformation.GetTemplate": template(exporting("e", "1")), "cloudformation.ListImports": {"Imports": l{"other"}}}},
	"an export's name is exported once": {refused: body(exporting("e", "1")), passes: body(exporting("f", "1")),
		there: map[string]m{"cloudformation.ListExports": {"Exports": l{m{"Name": "e", "ExportingStackId": "arn:aws:cloudformation:r:1:stack/other/1"}}}}},
	"a stack is deleted whose exports are not in use": {refused: m{"StackName": "s"}, passes: m{"StackName": "t"},
		there: map[string]m{"cloudformation.ListExports": {"Exports": l{m{"Name": "e", "ExportingStackId": "arn:aws:cloudformation:r:1:stack/s/1"}}}, "cloudformation.ListImports": {"Imports": l{"other"}}}},
	"a stack is deleted whose buckets are empty": {refused: m{"StackName": "s"}, there: bucketStack(m{"R": m{"Type": "AWS::S3::Bucket"}}),
		instead: bucketStack(m{"R": m{"Type": "AWS::S3::Bucket"}, "E": m{"Type": "Custom::S3AutoDeleteObjects", "Properties": m{"BucketName": m{"Ref": "R"}}}})},
	"a stack is deleted whose IoT policies are attached nowhere": {refused: m{"StackName": "s"}, there: bucketStack(m{"R": m{"Type": "AWS::IoT::Policy"}}),
		instead: bucketStack(m{"R": m{"Type": "AWS::IoT::Policy", "DeletionPolicy": "Retain"}})},
	"a protected stack is not deleted": {refused: m{"StackName": "s"},
		there:   map[string]m{"cloudformation.DescribeStacks": {"Stacks": l{m{"StackName": "s", "EnableTerminationProtection": true}}}},
		instead: map[string]m{"cloudformation.DescribeStacks": {"Stacks": l{m{"StackName": "s", "EnableTerminationProtection": false}}}}},
}

// nested is a value nested to that number of levels.
func nested(levels int) m {
	value := m{"S": "x"}
	for range levels {
		value = m{"L": l{value}}
	}
	return value
}
