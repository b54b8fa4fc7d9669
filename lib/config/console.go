package config

import (
	"regexp"
	"slices"
)

// Beanstalk configures the environment of AWS Elastic Beanstalk that runs the console.
type Beanstalk struct {
	// Domain is the console's address. Browsers use it by https alone: the cookie of a session travels by nothing else.
	Domain Domain
	VPCID  string
	// PublicSubnetIDs are the load balancer's, in two zones or more.
	PublicSubnetIDs []string
	// PrivateSubnetIDs are the instances', which reach AWS and the API by a NAT; none: they stand beside the load balancer with public
	// addresses, and still take no connection but its.
	PrivateSubnetIDs []string
	// Least and Most are the numbers of instances.
	Least, Most int
}

var vpcPattern = regexp.MustCompile(`^vpc-[0-9a-f]{8,17}$`)

// instancesLimit is the most instances of the console.
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

// network reads consoleNetwork. Load balancers want subnets of two availability zones.
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
