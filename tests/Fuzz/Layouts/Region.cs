namespace AzImageTools.Fuzz.Layouts;

/// <summary>A place of an image that is worth damaging.</summary>
/// <param name="Name">What is there.</param>
/// <param name="Offset">Its first byte.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Weight">How often it is chosen, against the other regions' weights.</param>
internal sealed record Region(string Name, long Offset, long Length, int Weight)
{
    /// <summary>Whether it is text, whose words and numbers are worth replacing.</summary>
    public bool IsText { get; init; }
}
