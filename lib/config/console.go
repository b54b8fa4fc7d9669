package config

import (
	"regexp"
	"slices"
)

// Beanstalk configures the environment of AWS Elastic Beanstalk that runs the console.
type Beanstalk struct {
	// Domain is the console's domain. Browsers reach it only by https: the session cookie is marked Secure.
	Domain Domain
	VPCID  string
	// PublicSubnetIDs are the subnets of the load balancer, in at least two availability zones.
	PublicSubnetIDs []string
	// PrivateSubnetIDs are the subnets of the instances, which reach AWS and the API through a NAT gateway. If empty, the instances are in
	// the public subnets with public addresses, and still accept connections only from the load balancer.
	PrivateSubnetIDs []string
	// Least and Most bound the number of instances.
	Least, Most int
}

var vpcPattern = regexp.MustCompile(`^vpc-[0-9a-f]{8,17}$`)

// instancesLimit is the largest allowed number of console instances.
const instancesLimit = 20

func (r reader) beanstalk() *Beanstalk {
	if Hosting(r.oneOf(keyConsole, string(NoConsole), string(NoConsole), string(SelfHosted), string(ElasticBeanstalk))) != ElasticBeanstalk {
		return nil
	}
	b := &Beanstalk{}
	if domain := r.domain(keyConsoleDomain); domain != nil {
		b.Domain = *domain
	} else if r.raw[keyConsoleDomain] == nil {
		r.fail(keyConsoleDomain, "must be, since console is elastic-beanstalk, the console's address with its certificate: Amazon Cognito sends people back by https alone")
	}
	if url, _ := r.raw[keyConsoleURL].(string); url != "https://"+b.Domain.Name {
		r.fail(keyConsoleURL, "must be https:// and the name of consoleDomain, since console is elastic-beanstalk")
	}
	r.network(b)
	b.Least, b.Most = r.instances()
	return b
}

// network reads the setting consoleNetwork. A load balancer needs subnets in two availability zones.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer
func (r reader) network(b *Beanstalk) {
	var in struct {
		VPCID            string   `json:"vpcId"`
		PublicSubnetIDs  []string `json:"publicSubnetIds"`
		PrivateSubnetIDs []string `json:"privateSubnetIds"`
	}
	bad := func(ids []string) bool {
		return slices.ContainsFunc(ids, func(s string) bool { return !subnetPattern.MatchString(s) })
	}
	if value, ok := r.raw[keyConsoleNetwork]; !ok || !decode(value, &in) || !vpcPattern.MatchString(in.VPCID) || len(in.PublicSubnetIDs) < 2 ||
		bad(in.PublicSubnetIDs) || bad(in.PrivateSubnetIDs) {
		r.fail(keyConsoleNetwork, `must be, since console is elastic-beanstalk, an object like {"vpcId": "vpc-0123456789abcdef0", `+
			`"publicSubnetIds": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"], "privateSubnetIds": []}, with public subnets of two zones`)
	}
	b.VPCID, b.PublicSubnetIDs, b.PrivateSubnetIDs = in.VPCID, in.PublicSubnetIDs, in.PrivateSubnetIDs
}

func (r reader) instances() (least, most int) {
	in := struct {
		Least float64 `json:"min"`
		Most  float64 `json:"max"`
	}{2, 4}
	value, ok := r.raw[keyConsoleInstances]
	bad := ok && !decode(value, &in)
	least, isWhole := wholeNumber(in.Least)
	most, alsoWhole := wholeNumber(in.Most)
	if bad || !isWhole || !alsoWhole || least < 1 || most < least || most > instancesLimit {
		r.fail(keyConsoleInstances, `must be an object like {"min": 2, "max": 4}, from 1 to %d instances`, instancesLimit)
	}
	return least, most
}
