using System.Collections.Concurrent;
using AzImageTools.Disks;

namespace AzImageTools.Services.Sources;

/// <summary>
/// The names that a search gives exactly, and whether they were met: one that was not does not exist, which whoever typed it has to
/// know. A pattern that matches nothing is no error.
/// </summary>
internal sealed class SoughtNames
{
    private static readonly SoughtPart[] Parts = [SoughtPart.Publisher, SoughtPart.Offer, SoughtPart.Sku, SoughtPart.Gallery, SoughtPart.Name, SoughtPart.Version];

    private readonly ConcurrentDictionary<(SoughtPart Part, string Name), bool> _met = new();
    private readonly ILookup<SoughtPart, string> _sought;
    private volatile bool _isPartial;

    /// <summary>Takes the exact names of a filter.</summary>
    /// <param name="filter">The filter.</param>
    /// <param name="kinds">The kinds that are looked among; what does not belong to them is not sought.</param>
    public SoughtNames(ImageSourceFilter filter, IReadOnlyCollection<ImageSourceKind> kinds)
    {
        bool hasMarketplace = kinds.Contains(ImageSourceKind.Marketplace);
        List<(SoughtPart Part, string? Pattern)> given = [(SoughtPart.Name, filter.Name)];
        if (hasMarketplace)
        {
            given.AddRange([.. filter.Publishers.Select(static publisher => (SoughtPart.Publisher, publisher)), (SoughtPart.Offer, filter.Offer), (SoughtPart.Sku, filter.Sku)]);
        }

        if (kinds.Contains(ImageSourceKind.Gallery))
        {
            given.Add((SoughtPart.Gallery, filter.GalleryName));
        }

        if (kinds.Any(static kind => kind is not (ImageSourceKind.ManagedImage or ImageSourceKind.Vhd)))
        {
            given.Add((SoughtPart.Version, filter.NamedVersion));
        }

        IEnumerable<(SoughtPart Part, string Name)> exact = given
            .Where(static part => !string.IsNullOrEmpty(part.Pattern))
            .Select(static part => (part.Part, Pattern: ImageSourceFilter.PatternOf(part.Pattern)))
            .Where(static part => part.Pattern.IsLiteral)
            .Select(static part => (part.Part, Name: part.Pattern.Literal));
        IEnumerable<string> elsewhere = (kinds.Contains(ImageSourceKind.CommunityGallery) ? filter.CommunityGalleries : [])
            .Concat(kinds.Contains(ImageSourceKind.SharedGallery) ? filter.SharedGalleries : []);
        _sought = exact.Concat(elsewhere.Select(static gallery => (Part: SoughtPart.Gallery, Name: gallery))).ToLookup(static part => part.Part, static part => part.Name);
    }

    /// <summary>Notes that something of a name exists, whether or not it fits the rest of the search.</summary>
    public void Meet(SoughtPart part, string name)
    {
        foreach (string sought in _sought[part].Where(sought => string.Equals(sought, name, StringComparison.OrdinalIgnoreCase)))
        {
            _met[(part, sought)] = true;
        }
    }

    /// <summary>Notes that of a part, and what is below it, not everything could be looked at: nothing of it can be said not to exist.</summary>
    public void MeetAll(SoughtPart part)
    {
        foreach (SoughtPart below in Parts.Where(other => other >= part || other == SoughtPart.Name))
        {
            foreach (string sought in _sought[below])
            {
                _met[(below, sought)] = true;
            }
        }

        _isPartial = true;
    }

    /// <summary>An error for each name that does not exist. What is below such a name could not be looked for.</summary>
    /// <param name="isFound">Whether the search found anything.</param>
    public IEnumerable<ImageServiceException> Missing(bool isFound)
    {
        bool isMissed = false;
        foreach (SoughtPart part in Parts.Where(part => _sought[part].Any()))
        {
            string[] missed = [.. _sought[part].Where(name => !_met.ContainsKey((part, name)))];
            foreach (string name in missed)
            {
                isMissed = true;
                yield return NotFound(part, name);
            }

            if (missed.Length == _sought[part].Count())
            {
                yield break;
            }
        }

        if (!isFound && !isMissed && !_isPartial && _sought[SoughtPart.Name].FirstOrDefault() is { } there)
        {
            yield return new ImageServiceException(
                "ImageSourceNotFound", ErrorKind.NotFound, $"'{there}' is there, but does not fit the rest of the search.", "Leave the other parameters out.", there);
        }
    }

    private static ImageServiceException NotFound(SoughtPart part, string name)
    {
        (string errorId, string what, string remedy) = part switch
        {
            SoughtPart.Publisher => ("PublisherNotFound", "publisher", "Try a wildcard (-Publisher '*name*'), or another region (-Location)."),
            SoughtPart.Offer => ("OfferNotFound", "offer", "Try a wildcard, or another region (-Location)."),
            SoughtPart.Sku => ("SkuNotFound", "SKU", "Try a wildcard, or name its publisher and offer with -Publisher and -Offer."),
            SoughtPart.Gallery => ("GalleryNotFound", "gallery", "Check its name; a community or shared gallery is looked for by its public name, in one region (-Location)."),
            SoughtPart.Version => ("ImageVersionNotFound", "version", "-AllVersions lists those that are there."),
            _ => ("ImageSourceNotFound", "image", "Try a wildcard, another -Kind, or another subscription (Get-AzImageContext)."),
        };
        return new ImageServiceException(errorId, ErrorKind.NotFound, $"No {what} named '{name}' was found.", remedy, name);
    }
}

/// <summary>What a name is a name of.</summary>
internal enum SoughtPart
{
    /// <summary>A Marketplace publisher.</summary>
    Publisher,

    /// <summary>A Marketplace offer.</summary>
    Offer,

    /// <summary>A Marketplace SKU.</summary>
    Sku,

    /// <summary>A gallery of any kind.</summary>
    Gallery,

    /// <summary>What an image source is printed as, or an image definition.</summary>
    Name,

    /// <summary>A version.</summary>
    Version,
}
