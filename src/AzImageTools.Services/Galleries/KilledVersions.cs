using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.Core;

namespace AzImageTools.Services.Galleries;

/// <summary>
/// Versions that runs of this machine began which were killed (<see cref="RunNote"/>). One of a machine that goes on changing is taken by the next run of the same, once and within a day:
/// after that, and by whoever runs it again, another is wanted.
/// </summary>
/// <param name="session">The session.</param>
/// <param name="context">Its clock.</param>
internal sealed class KilledVersions(ImageSession session, OperationContext context)
{
    private static readonly TimeSpan LongestUse = TimeSpan.FromDays(1);

    private readonly Lazy<IReadOnlyList<RunFact>> _told = new(() => RunNote.ToldByKilled(session.RunFolder));

    /// <summary>Whether such a run made what has these tags.</summary>
    public bool Made(IDictionary<string, string>? tags) => KilledRun.Made(session, tags);

    /// <summary>Whether such a run told, not long ago, that it begins this version.</summary>
    public bool HasBegun(ResourceIdentifier version) => _told.Value.Any(fact => Is(session, version, fact) && fact.Until > context.Time.GetUtcNow());

    /// <summary>Notes that a run begins a version, before it does.</summary>
    public static void Tell(ImageSession session, ResourceIdentifier version, StepRun run)
        => run.Note?.Tell(new RunFact(RunFactKind.Began, version.ToString()) { Until = run.Context.Time.GetUtcNow() + LongestUse, SandboxId = session.SandboxId });

    /// <summary>Forgets a version, which a run has taken for its own.</summary>
    public static void Forget(ImageSession session, ResourceIdentifier version) => RunNote.Forget(session.RunFolder, fact => Is(session, version, fact));

    private static bool Is(ImageSession session, ResourceIdentifier version, RunFact fact) => fact.Is(RunFactKind.Began, version.ToString(), session.SandboxId);
}
