package lake

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	qs "github.com/aws/aws-cdk-go/awscdk/v2/awsquicksight"
	"github.com/aws/jsii-runtime-go"
)

// dashboardReads are the actions of a viewer of the dashboard.
var dashboardReads = []string{"quicksight:DescribeDashboard", "quicksight:ListDashboardVersions", "quicksight:QueryDashboard"}

// show makes the dashboard about the previous day: cars, batteries, trouble codes, and places of harsh driving.
func (b *BI) show(props BIProps) {
	var permissions, declarations []any
	for _, p := range props.Principals {
		permissions = append(permissions, &qs.CfnDashboard_ResourcePermissionProperty{Principal: jsii.String(p), Actions: jsii.Strings(dashboardReads...)})
	}
	for n, set := range b.sets {
		declarations = append(declarations, &qs.CfnDashboard_DataSetIdentifierDeclarationProperty{Identifier: jsii.String(asked[n].query), DataSetArn: set.AttrArn()})
	}
	b.Dashboard = qs.NewCfnDashboard(b.Construct, jsii.String("Dashboard"), &qs.CfnDashboardProps{
		AwsAccountId: awscdk.Stack_Of(b.Construct).Account(), DashboardId: jsii.String(props.Props.Name + "-fleet"), Name: jsii.String("Fleet " + props.Props.Name),
		Permissions: permissions,
		Definition:  &qs.CfnDashboard_DashboardVersionDefinitionProperty{DataSetIdentifierDeclarations: declarations, Sheets: sheets()},
	})
}

func sheets() []any {
	summary, battery, codes, harsh := asked[0].query, asked[1].query, asked[2].query, asked[3].query
	return []any{
		sheet("yesterday", "Yesterday",
			kpi("cars", "Cars that drove or reported", measure(summary, "messages", "COUNT")),
			kpi("distance", "Distance of all cars, in metres", measure(summary, "distance_m", "SUM")),
			bars("by-model", "Distance by model, in metres", dimension(summary, "model"), measure(summary, "distance_m", "SUM")),
			table("each", "Each car", summary, "vin", "make", "model", "distance_m", "max_speed_kmh", "min_battery_v", "max_coolant_c")),
		sheet("batteries", "Batteries",
			lines("voltage", "Lowest voltage of the 12 V battery, mean of a week", dimension(battery, "day"), measure(battery, "week_voltage_v", "AVERAGE"), dimension(battery, "model")),
			lines("health", "Health of the traction battery, in per cent", dimension(battery, "day"), measure(battery, "health_percent", "AVERAGE"), dimension(battery, "model"))),
		sheet("codes", "Trouble codes",
			bars("codes", "Cars with each trouble code", dimension(codes, "code"), measure(codes, "vehicles", "SUM")),
			table("shares", "Share of each model's cars", codes, "make", "model", "code", "vehicles", "vehicles_of_model", "share")),
		sheet("harsh", "Harsh driving",
			kpi("braking", "Harsh braking in 30 days", measure(harsh, "harsh_braking", "SUM")),
			table("places", "Where, in cells of a kilometre that at least five cars passed", harsh, "latitude", "longitude", "vehicles", "harsh_braking", "harsh_acceleration", "harsh_cornering")),
	}
}

func sheet(id, name string, visuals ...any) any {
	return &qs.CfnDashboard_SheetDefinitionProperty{SheetId: jsii.String(id), Name: jsii.String(name), ContentType: jsii.String("INTERACTIVE"), Visuals: visuals}
}

func title(text string) any {
	return &qs.CfnDashboard_VisualTitleLabelOptionsProperty{Visibility: jsii.String("VISIBLE"), FormatText: &qs.CfnDashboard_ShortFormatTextProperty{PlainText: jsii.String(text)}}
}

func identified(set, column string) *qs.CfnDashboard_ColumnIdentifierProperty {
	return &qs.CfnDashboard_ColumnIdentifierProperty{DataSetIdentifier: jsii.String(set), ColumnName: jsii.String(column)}
}

func dimension(set, column string) any {
	return &qs.CfnDashboard_DimensionFieldProperty{CategoricalDimensionField: &qs.CfnDashboard_CategoricalDimensionFieldProperty{
		FieldId: jsii.String(set + "." + column), Column: identified(set, column),
	}}
}

func measure(set, column, aggregation string) any {
	return &qs.CfnDashboard_MeasureFieldProperty{NumericalMeasureField: &qs.CfnDashboard_NumericalMeasureFieldProperty{
		FieldId: jsii.String(set + "." + column + "." + aggregation), Column: identified(set, column),
		AggregationFunction: &qs.CfnDashboard_NumericalAggregationFunctionProperty{SimpleNumericalAggregation: jsii.String(aggregation)},
	}}
}

func kpi(id, heading string, value any) any {
	return &qs.CfnDashboard_VisualProperty{KpiVisual: &qs.CfnDashboard_KPIVisualProperty{
		VisualId: jsii.String(id), Title: title(heading),
		ChartConfiguration: &qs.CfnDashboard_KPIConfigurationProperty{FieldWells: &qs.CfnDashboard_KPIFieldWellsProperty{Values: []any{value}}},
	}}
}

func bars(id, heading string, category, value any) any {
	return &qs.CfnDashboard_VisualProperty{BarChartVisual: &qs.CfnDashboard_BarChartVisualProperty{
		VisualId: jsii.String(id), Title: title(heading),
		ChartConfiguration: &qs.CfnDashboard_BarChartConfigurationProperty{
			Orientation: jsii.String("HORIZONTAL"), FieldWells: &qs.CfnDashboard_BarChartFieldWellsProperty{
				BarChartAggregatedFieldWells: &qs.CfnDashboard_BarChartAggregatedFieldWellsProperty{Category: []any{category}, Values: []any{value}},
			},
		},
	}}
}

func lines(id, heading string, category, value, color any) any {
	return &qs.CfnDashboard_VisualProperty{LineChartVisual: &qs.CfnDashboard_LineChartVisualProperty{
		VisualId: jsii.String(id), Title: title(heading),
		ChartConfiguration: &qs.CfnDashboard_LineChartConfigurationProperty{
			Type: jsii.String("LINE"), FieldWells: &qs.CfnDashboard_LineChartFieldWellsProperty{
				LineChartAggregatedFieldWells: &qs.CfnDashboard_LineChartAggregatedFieldWellsProperty{Category: []any{category}, Values: []any{value}, Colors: []any{color}},
			},
		},
	}}
}

func table(id, heading, set string, columns ...string) any {
	var values []any
	for _, c := range columns {
		values = append(values, &qs.CfnDashboard_UnaggregatedFieldProperty{FieldId: jsii.String(id + "." + c), Column: identified(set, c)})
	}
	return &qs.CfnDashboard_VisualProperty{TableVisual: &qs.CfnDashboard_TableVisualProperty{
		VisualId: jsii.String(id), Title: title(heading),
		ChartConfiguration: &qs.CfnDashboard_TableConfigurationProperty{
			FieldWells: &qs.CfnDashboard_TableFieldWellsProperty{TableUnaggregatedFieldWells: &qs.CfnDashboard_TableUnaggregatedFieldWellsProperty{Values: values}},
		},
	}}
}
