using AzImageTools.Fuzz.Images;
using AzImageTools.Fuzz.Layouts;

namespace AzImageTools.Fuzz.Targets;

/// <summary>A sound image that is damaged for each execution.</summary>
internal sealed class FuzzSubject(string name, MutableImage image, Layout layout, Func<FuzzRandom, bool> walk) : IFuzzSubject
{
    public string Name => name;

    public MutableImage Image => image;

    /// <summary>Where it is damaged.</summary>
    public Layout Layout => layout;

    /// <summary>Brings what the walk reads in line with the image; null where it reads the image itself.</summary>
    public Action? Publish { get; init; }

    public void Prepare(FuzzRandom random)
    {
        image.Restore();
        Mutator.Damage(image, layout, random);
        Publish?.Invoke();
    }

    public bool Walk(FuzzRandom random) => walk(random);

    public void CopyTo(Stream target) => image.CopyTo(target);
}
