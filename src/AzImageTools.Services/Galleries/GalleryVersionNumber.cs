using System.Globalization;

namespace AzImageTools.Services.Galleries;

/// <summary>A gallery image version's number, <c>major.minor.patch</c>, each a 32-bit integer.</summary>
internal sealed record GalleryVersionNumber(int Major, int Minor, int Patch) : IComparable<GalleryVersionNumber>
{
    private const int PartCount = 3;

    /// <summary>The number of the first version.</summary>
    public static GalleryVersionNumber First { get; } = new(1, 0, 0);

    /// <summary>The number as text, or null if the text is none.</summary>
    public static GalleryVersionNumber? TryParse(string? text)
    {
        string[] parts = text?.Split('.') ?? [];
        if (parts.Length != PartCount)
        {
            return null;
        }

        int[] numbers = new int[PartCount];
        for (int index = 0; index < PartCount; index++)
        {
            if (!int.TryParse(parts[index], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[index]))
            {
                return null;
            }
        }

        return new GalleryVersionNumber(numbers[0], numbers[1], numbers[2]);
    }

    /// <summary>The number after the highest of these; the first if there is none.</summary>
    public static GalleryVersionNumber After(IEnumerable<string> existing)
    {
        GalleryVersionNumber? highest = existing.Select(TryParse).Max();
        return highest switch
        {
            null => First,
            { Patch: < int.MaxValue } => highest with { Patch = highest.Patch + 1 },
            { Minor: < int.MaxValue } => new GalleryVersionNumber(highest.Major, highest.Minor + 1, 0),
            _ => new GalleryVersionNumber(checked(highest.Major + 1), 0, 0),
        };
    }

    public int CompareTo(GalleryVersionNumber? other) => other is null ? 1 : (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));

    public override string ToString() => FormattableString.Invariant($"{Major}.{Minor}.{Patch}");
}
