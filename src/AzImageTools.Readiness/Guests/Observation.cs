namespace AzImageTools.Readiness.Guests;

/// <summary>
/// What a rule saw: where it looked and what was there. Both are the guest's text, so what a terminal or a browser
/// would obey (control characters, turns of writing direction) or refuse is replaced, and long texts are cut.
/// </summary>
public sealed record Observation
{
    /// <summary>Creates an observation.</summary>
    /// <param name="place">Where: a registry key and value, a file of the guest, or a property of the disk image; empty where there is none.</param>
    /// <param name="seen">What was there.</param>
    public Observation(string place, string seen)
    {
        Place = GuestText.Clean(place);
        Seen = GuestText.Clean(seen);
    }

    /// <summary>Where: a registry key and value, a file of the guest, or a property of the disk image; empty where there is none.</summary>
    public string Place { get; }

    /// <summary>What was there.</summary>
    public string Seen { get; }

    /// <summary>The place and what was seen there, in a line.</summary>
    public override string ToString() => Place.Length == 0 ? Seen : $"{Place}: {Seen}";
}
