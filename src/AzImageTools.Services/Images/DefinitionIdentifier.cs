using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using AzImageTools.Disks;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Images;

/// <summary>Publisher, offer and SKU of an image definition: together unique in its gallery.</summary>
/// <param name="Publisher">At most 128 characters.</param>
/// <param name="Offer">At most 64 characters.</param>
/// <param name="Sku">At most 64 characters.</param>
internal sealed record DefinitionIdentifier(
    [property: JsonPropertyName("publisher")] string Publisher, [property: JsonPropertyName("offer")] string Offer, [property: JsonPropertyName("sku")] string Sku)
{
    // Microsoft.Compute/galleries/images: Microsoft's page on creating a gallery, "Create an image definition".
    private const int LongestPublisher = 128;
    private const int LongestOffer = 64;
    private const int LongestSku = 64;
    private static readonly Regex Allowed = new("^[A-Za-z0-9_.-]*[A-Za-z0-9_-]\\z", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    /// <summary>Refuses what Azure would refuse.</summary>
    /// <param name="definition">The definition's id, for the error.</param>
    public void Check(string definition)
    {
        Check("publisher", "-Publisher", Publisher, LongestPublisher, definition);
        Check("offer", "-Offer", Offer, LongestOffer, definition);
        Check("SKU", "-Sku", Sku, LongestSku, definition);
    }

    /// <summary>Whether another definition has the identifier.</summary>
    public bool IsOf(GalleryImageIdentifier? other)
        => other is not null && Same(Publisher, other.Publisher) && Same(Offer, other.Offer) && Same(Sku, other.Sku);

    private static void Check(string what, string parameter, string value, int longest, string definition)
    {
        if (value.Length > longest || !Allowed.IsMatch(value))
        {
            throw new ImageServiceException(
                "ImageIdentifierInvalid",
                ErrorKind.InvalidArgument,
                $"'{value}' can't be the {what} of an image definition.",
                $"Give one of at most {longest} letters, digits, hyphens, underscores and periods, and no period at the end, with {parameter}.",
                definition);
        }
    }

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
