package names

// PropertyApplication is the property of the custom resource that starts a Flink application: the application's name.
const PropertyApplication = "Application"
