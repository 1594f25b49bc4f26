using System.Security;
using AzImageTools.Disks;
using Azure.Storage.Blobs;

namespace AzImageTools.Services.Upload.Target;

/// <summary>A page blob, by an address with a shared access signature that allows to create and write. Needs no session.</summary>
public sealed record SasTarget : UploadTarget
{
    /// <summary>Takes the address as text.</summary>
    /// <param name="sasUri">The address with its signature, a secret.</param>
    /// <exception cref="ImageServiceException">It is no web address with a signature, or not encrypted on the way (InvalidSasUri).</exception>
    public SasTarget(string sasUri)
    {
        Address = Parse(sasUri);
        Uri = SecretText.WithoutQuery(Address);
    }

    /// <summary>Takes the address as a secret.</summary>
    /// <param name="sasUri">The address with its signature.</param>
    /// <exception cref="ImageServiceException">It is no web address with a signature, or not encrypted on the way (InvalidSasUri).</exception>
    public SasTarget(SecureString sasUri)
        : this(SecretText.Reveal(sasUri))
    {
    }

    /// <summary>The blob's address, without the signature.</summary>
    public Uri Uri { get; }

    /// <inheritdoc/>
    public override string Description => $"page blob '{Uri.AbsoluteUri}'";

    /// <summary>The address with the signature.</summary>
    internal Uri Address { get; }

    /// <summary>Never the signature.</summary>
    public override string ToString() => Uri.AbsoluteUri;

    private static Uri Parse(string text)
    {
        if (!Uri.TryCreate(text.Trim(), UriKind.Absolute, out Uri? uri) || (uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeHttp))
        {
            throw Invalid("It is not a web address.");
        }

        if (uri.UserInfo.Length > 0)
        {
            throw Invalid("It has a user or password before the host's name, which blob storage does not know: give the address as Azure shows it.");
        }

        if (uri.Query.IndexOf("sig=", StringComparison.Ordinal) < 0)
        {
            throw Invalid("It has no signature (sig=…): a SAS URI is needed, not the blob's address alone.");
        }

        if (uri.Scheme == Uri.UriSchemeHttp && !uri.IsLoopback)
        {
            throw Invalid("It begins with http: anyone on the network could read the signature. Use https.");
        }

        if (string.IsNullOrEmpty(new BlobUriBuilder(uri).BlobName))
        {
            throw Invalid("It does not name a blob: the address must end with /CONTAINER/NAME.vhd before the question mark.");
        }

        return uri;
    }

    private static ImageServiceException Invalid(string problem)
        => new("InvalidSasUri", ErrorKind.InvalidArgument, "The SAS URI can't be used.", problem, "SasUri");
}
