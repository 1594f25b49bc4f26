namespace AzImageTools.Readiness.Boot;

/// <summary>Says why a machine did not come up.</summary>
public sealed record BootDiagnosis
{
    /// <summary>The causes, that which explains the others first; none where nothing tells of any.</summary>
    public required IReadOnlyList<BootFinding> Findings { get; init; }

    /// <summary>What of the evidence could not be read, a sentence each.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>Looks for known causes. Whatever the evidence holds, it throws nothing but when it is cancelled.</summary>
    /// <param name="evidence">What is known.</param>
    /// <param name="cancellation">Cancels.</param>
    public static BootDiagnosis Of(BootEvidence evidence, CancellationToken cancellation = default)
    {
        BootContext context = new(evidence ?? throw new ArgumentNullException(nameof(evidence)), cancellation);
        List<BootFinding> findings = [];
        foreach (BootCause cause in BootCauses.Table.Where(cause => !cause.IsGeneral || findings.Count == 0))
        {
            cancellation.ThrowIfCancellationRequested();
            if (cause.Find(context) is { } finding)
            {
                findings.Add(finding);
            }
        }

        return new BootDiagnosis { Findings = findings, Problems = context.Problems };
    }
}
