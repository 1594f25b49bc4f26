using AzImageTools.Fuzz.Images;
using AzImageTools.Fuzz.Layouts;

namespace AzImageTools.Fuzz.Targets;

/// <summary>An image to damage, and all that a user could do with it.</summary>
/// <param name="Name">The image's name.</param>
/// <param name="Image">The image.</param>
/// <param name="Layout">Where to damage it.</param>
/// <param name="Walk">Does all that a user could; tells whether the image could be opened at all.</param>
internal sealed record FuzzSubject(string Name, MutableImage Image, Layout Layout, Func<FuzzRandom, bool> Walk)
{
    /// <summary>Brings what the walk reads in line with the image; null where it reads the image itself.</summary>
    public Action? Publish { get; init; }
}
