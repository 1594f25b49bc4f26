using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure.Core;

namespace AzImageTools.Services.Images;

/// <summary>
/// Images and versions that runs of this machine began which were killed (<see cref="RunNote"/>). One of a machine that goes on changing is taken by the next run of the same, once and within a
/// day: after that, and by whoever runs it again, another is wanted.
/// </summary>
/// <param name="session">The session.</param>
/// <param name="context">Its clock.</param>
internal sealed class KilledImages(ImageSession session, OperationContext context)
{
    private static readonly TimeSpan LongestUse = TimeSpan.FromDays(1);

    private readonly Lazy<IReadOnlyList<RunFact>> _told = new(() => RunNote.ToldByKilled(session.RunFolder));

    /// <summary>Whether such a run made what has these tags.</summary>
    public bool Made(IDictionary<string, string>? tags) => KilledRun.Made(session, tags);

    /// <summary>Whether such a run told, not long ago, that it begins this.</summary>
    /// <param name="image">The image or version.</param>
    /// <param name="of">What it was to be made of, where its own tags do not tell; null where they do.</param>
    public bool HasBegun(ResourceIdentifier image, string? of = null)
        => _told.Value.Any(fact => Is(session, image, fact) && string.Equals(fact.Of, of, StringComparison.Ordinal) && fact.Until > context.Time.GetUtcNow());

    /// <summary>Notes that a run begins an image or a version, before it does.</summary>
    /// <param name="session">The session.</param>
    /// <param name="image">The image or version.</param>
    /// <param name="run">The run.</param>
    /// <param name="of">What it is made of, where its own tags will not tell; null where they will.</param>
    public static void Tell(ImageSession session, ResourceIdentifier image, StepRun run, string? of = null)
        => run.Note?.Tell(new RunFact(RunFactKind.Began, image.ToString()) { Of = of, Until = run.Context.Time.GetUtcNow() + LongestUse, SandboxId = session.SandboxId });

    /// <summary>Forgets an image or a version, which a run has taken for its own.</summary>
    public static void Forget(ImageSession session, ResourceIdentifier image) => RunNote.Forget(session.RunFolder, fact => Is(session, image, fact));

    private static bool Is(ImageSession session, ResourceIdentifier image, RunFact fact) => fact.Is(RunFactKind.Began, image.ToString(), session.SandboxId);
}
