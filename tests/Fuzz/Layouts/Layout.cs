using AzImageTools.Fuzz.Images;

namespace AzImageTools.Fuzz.Layouts;

/// <summary>Where an image's structures are, and how to make their checksums right again after a damage.</summary>
internal sealed class Layout
{
    private readonly List<Region> _regions = [];
    private readonly List<Action<MutableImage>> _checksums = [];
    private readonly long _length;
    private int _weight;

    /// <summary>The whole image, so that nothing is safe from blind damage.</summary>
    public Layout(MutableImage image, int blindWeight)
    {
        _length = image.OriginalLength;
        Add("anywhere", 0, image.OriginalLength, blindWeight);
    }

    public IReadOnlyList<Region> Regions => _regions;

    /// <summary>Adds a region, unless it would not lie within the image: where its place was only guessed.</summary>
    public void Add(string name, long offset, long length, int weight, bool isText = false)
    {
        if (length > 0 && offset >= 0 && offset <= _length - length)
        {
            _regions.Add(new Region(name, offset, length, weight) { IsText = isText });
            _weight += weight;
        }
    }

    /// <summary>Adds each run of pages that are not zero: the content, of which no layout knows what it is.</summary>
    public void AddContent(MutableImage image, int weight)
    {
        long start = -1;
        long end = -1;
        foreach (long page in image.Pages.Append(long.MaxValue))
        {
            if (page != end)
            {
                Add("content", start * MutableImage.PageSize, Math.Min(end * MutableImage.PageSize, _length) - (start * MutableImage.PageSize), weight);
                start = page;
            }

            end = page + 1;
        }
    }

    public void AddChecksum(Action<MutableImage> update) => _checksums.Add(update);

    public Region Pick(FuzzRandom random)
    {
        int number = random.Below(_weight);
        foreach (Region region in _regions)
        {
            number -= region.Weight;
            if (number < 0)
            {
                return region;
            }
        }

        return _regions[^1];
    }

    public void UpdateChecksums(MutableImage image)
    {
        foreach (Action<MutableImage> update in _checksums)
        {
            update(image);
        }
    }
}
