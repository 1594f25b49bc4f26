namespace AzImageTools.Readiness.Reports;

/// <summary>What reports are written as.</summary>
public enum ReadinessReportFormat
{
    /// <summary>One page for people, which needs nothing else: no network, no script.</summary>
    Html,

    /// <summary>An array of reports, for programs.</summary>
    Json,

    /// <summary>A test result for pipelines, a suite for each report: it fails where the verdict is not Ready.</summary>
    JUnit,
}
