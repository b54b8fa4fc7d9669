package lake

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsathena"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsquicksight"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"connectedcar/analytics"
	"connectedcar/lib/grant"
)

// NeedsQuickSight is a synthesis note about the dashboard's prerequisite in the account.
const NeedsQuickSight = "bi = \"quicksight\": the account needs a subscription to Amazon QuickSight in this region, which is billed by user and month; " +
	"without it the dashboard is refused. docs/variants.md says how."

// NeedsQuickSightInfo is the id of that note.
const NeedsQuickSightInfo = "connectedcar:quicksight"

// BIProps configures BI.
type BIProps struct {
	Lake       *Lake    // Required.
	Props      Props    // of the lake. Required.
	Principals []string // ARNs of the QuickSight users and groups that may view the dashboard. Required.
}

// BI is a dashboard over the lake.
type BI struct {
	constructs.Construct
	Role      awsiam.Role // the role with which QuickSight queries Athena
	Dashboard awsquicksight.CfnDashboard

	source awsquicksight.CfnDataSource
	sets   []awsquicksight.CfnDataSet
}

// asked are the data sets of the dashboard: named queries, with the types of their result columns.
var asked = []struct {
	query   string
	columns []column
}{
	{"daily_vehicle_summary", []column{{"vin", text}, {"make", text}, {"model", text}, {"messages", whole}, {"first_seen", instant}, {"last_seen", instant},
		{"distance_m", number}, {"max_speed_kmh", number}, {"moving_speed_kmh", number}, {"min_battery_v", number}, {"max_coolant_c", number}, {"min_charge_percent", number}}},
	{"battery_health_trend", []column{{"vin", text}, {"make", text}, {"model", text}, {"day", text}, {"min_voltage_v", number}, {"health_percent", number},
		{"week_voltage_v", number}, {"health_change_percent", number}}},
	{"dtc_frequency_by_model", []column{{"make", text}, {"model", text}, {"code", text}, {"vehicles", whole}, {"vehicles_of_model", whole}, {"share", number}}},
	{"harsh_driving_map", []column{{"latitude", number}, {"longitude", number}, {"vehicles", whole}, {"harsh_braking", whole}, {"harsh_acceleration", whole}, {"harsh_cornering", whole}}},
}

// column is a result column with its QuickSight type.
type column struct{ name, typ string }

const text, whole, number, instant = "STRING", "INTEGER", "DECIMAL", "DATETIME"

// biRefresh is the UTC time of QuickSight's daily refresh, after the last rows of a day have arrived. QuickSight stores the data (SPICE),
// so that viewing the dashboard runs no query.
const biRefresh = "04:00"

// NewBI makes the dashboard, its data sets and its role.
func NewBI(scope constructs.Construct, id string, props BIProps) *BI {
	if props.Lake == nil || len(props.Principals) == 0 {
		panic("analytics.NewBI: Lake and Principals are required")
	}
	b := &BI{Construct: constructs.NewConstruct(scope, &id)}
	awscdk.Annotations_Of(b.Construct).AddInfoV2(jsii.String(NeedsQuickSightInfo), jsii.String(NeedsQuickSight))
	group := props.Lake.workgroup("QuickSightWorkgroup", props.Props.Name+"-quicksight", "Questions of the dashboard", "quicksight/", props.Props)
	b.permit(props, group)
	name := func(part string) *string { return jsii.String(props.Props.Name + "-" + part) }
	b.source = awsquicksight.NewCfnDataSource(b.Construct, jsii.String("Source"), &awsquicksight.CfnDataSourceProps{
		AwsAccountId: awscdk.Stack_Of(scope).Account(), DataSourceId: name("lake"), Name: name("lake"), Type: jsii.String("ATHENA"),
		DataSourceParameters: &awsquicksight.CfnDataSource_DataSourceParametersProperty{
			AthenaParameters: &awsquicksight.CfnDataSource_AthenaParametersProperty{WorkGroup: group.Ref(), RoleArn: b.Role.RoleArn()},
		},
		SslProperties: &awsquicksight.CfnDataSource_SslPropertiesProperty{DisableSsl: jsii.Bool(false)},
	})
	// QuickSight queries Athena at creation, so the role needs its permissions before.
	b.source.Node().AddDependency(b.Role)
	for _, a := range asked {
		b.ask(props, a.query, a.columns)
	}
	b.show(props)
	return b
}

// permit makes the role that QuickSight assumes to query Athena, instead of QuickSight's role for the whole account.
func (b *BI) permit(props BIProps, group awsathena.CfnWorkGroup) {
	stack := awscdk.Stack_Of(b.Construct)
	b.Role = awsiam.NewRole(b.Construct, jsii.String("Role"), &awsiam.RoleProps{
		Description: jsii.String("What the dashboard may ask of the lake"),
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("quicksight.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": stack.Account()}},
		}),
	})
	props.Lake.permitAnalyst(b.Role, group, "quicksight/", props.Props)
}

// permitAnalyst lets a role run queries in a workgroup, read their results and list the catalogue.
func (l *Lake) permitAnalyst(role awsiam.Role, group awsathena.CfnWorkGroup, folder string, props Props) {
	stack := awscdk.Stack_Of(l.Construct)
	in := func(resource string, name *string) *string {
		return stack.FormatArn(&awscdk.ArnComponents{Service: jsii.String("athena"), Resource: jsii.String(resource), ResourceName: name})
	}
	l.permitStarting(role, group)
	grant.Actions(role, in("workgroup", group.Ref()), "athena:GetWorkGroup", "athena:GetQueryExecution", "athena:GetQueryResults", "athena:GetQueryResultsStream", "athena:StopQueryExecution")
	grant.Actions(role, in("datacatalog", jsii.String(ordinaryCatalog)), "athena:GetDataCatalog", "athena:ListDatabases", "athena:GetDatabase", "athena:ListTableMetadata", "athena:GetTableMetadata")
	l.PermitReading(role, props.Datastore)
	permitAnswers(role, folder, props)
	cdknag.NagSuppressions_AddResourceSuppressions(role, &[]*cdknag.NagPackSuppression{{
		Id: jsii.String("AwsSolutions-IAM5"), Reason: jsii.String("Athena makes up the names of answers, and reads whichever objects of the rows' folder a question needs."),
	}}, jsii.Bool(true))
}

// ask makes a data set of a query, refreshed every night.
func (b *BI) ask(props BIProps, query string, columns []column) {
	q, err := analytics.Lookup(query)
	if err != nil {
		panic("analytics.NewBI: " + err.Error())
	}
	catalog, database := props.Lake.Place()
	var input []any
	for _, c := range columns {
		input = append(input, &awsquicksight.CfnDataSet_InputColumnProperty{Name: jsii.String(c.name), Type: jsii.String(c.typ)})
	}
	id, account := jsii.String(props.Props.Name+"-"+query), awscdk.Stack_Of(b.Construct).Account()
	set := awsquicksight.NewCfnDataSet(b.Construct, jsii.String(pascal(query)), &awsquicksight.CfnDataSetProps{
		AwsAccountId: account, DataSetId: id, Name: jsii.String(query), ImportMode: jsii.String("SPICE"),
		PhysicalTableMap: map[string]any{"answer": &awsquicksight.CfnDataSet_PhysicalTableProperty{CustomSql: &awsquicksight.CfnDataSet_CustomSqlProperty{
			Name: jsii.String(query), DataSourceArn: b.source.AttrArn(), Columns: input,
			SqlQuery: jsii.String(analytics.Qualified(q.Today(), *catalog, *database, props.Lake.iceberg != nil)),
		}}},
	})
	awsquicksight.NewCfnRefreshSchedule(b.Construct, jsii.String(pascal(query)+"Refresh"), &awsquicksight.CfnRefreshScheduleProps{
		AwsAccountId: account, DataSetId: id, Schedule: &awsquicksight.CfnRefreshSchedule_RefreshScheduleMapProperty{
			ScheduleId: jsii.String("nightly"), RefreshType: jsii.String("FULL_REFRESH"),
			ScheduleFrequency: &awsquicksight.CfnRefreshSchedule_ScheduleFrequencyProperty{
				Interval: jsii.String("DAILY"), TimeOfTheDay: jsii.String(biRefresh), TimeZone: jsii.String("UTC"),
			},
		},
	}).AddResourceDependency(set, nil)
	b.sets = append(b.sets, set)
}
