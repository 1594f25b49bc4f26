using System.Text.RegularExpressions;
using AzImageTools.Readiness.Guests;

namespace AzImageTools.Readiness.Boot;

/// <summary>A known cause of a machine's not coming up, and how it shows.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Title">It as a sentence.</param>
/// <param name="Remedy">What to do, as sentences.</param>
/// <param name="Reference">The page that says so.</param>
internal sealed record BootCause(string Id, string Title, string Remedy, string Reference)
{
    /// <summary>What a line holds that tells of it; null where only the disk does.</summary>
    public Regex? Pattern { get; init; }

    /// <summary>In which texts.</summary>
    public IReadOnlyList<BootEvidenceSource> Sources { get; init; } = [];

    /// <summary>What of the whole evidence tells of it; null, or nothing, where it does not.</summary>
    public Func<BootContext, (BootEvidenceSource Source, IReadOnlyList<Observation> Seen)?>? Test { get; init; }

    /// <summary>Whether it says only what any other cause before it says better.</summary>
    public bool IsGeneral { get; init; }

    /// <summary>Null where it is of both families.</summary>
    public bool? IsOfWindows { get; init; }

    /// <summary>What of the evidence tells of it; null for nothing.</summary>
    public BootFinding? Find(BootContext context)
    {
        if (IsOfWindows is { } family && family != context.Evidence.IsWindows)
        {
            return null;
        }

        if (Test?.Invoke(context) is { Seen.Count: > 0 } seen)
        {
            return Finding(seen.Source, seen.Seen);
        }

        foreach (BootEvidenceSource source in Sources)
        {
            // The last one told is of the last start.
            if (context.TextsOf(source).Reverse().SelectMany(text => text.Lines.Reverse().Where(IsMatch).Take(1).Select(line => new Observation(text.Place, line.Trim()))).FirstOrDefault() is { } told)
            {
                return Finding(source, [told]);
            }
        }

        return null;
    }

    private BootFinding Finding(BootEvidenceSource source, IReadOnlyList<Observation> seen) => new()
    {
        Id = Id,
        Title = Title,
        Source = source,
        Evidence = seen,
        Remedy = Remedy,
        Reference = new Uri(Reference),
    };

    private bool IsMatch(string line)
    {
        try
        {
            return Pattern!.IsMatch(line);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }
}
