using System.Management.Automation;
using System.Security;
using AzImageTools.Disks;
using AzImageTools.Services;
using AzImageTools.Services.Upload.Target;

namespace AzImageTools.Session;

/// <summary>Reads a page blob's address with a signature, as a parameter takes it: a SecureString, text or a Uri.</summary>
internal static class SasUriReader
{
    /// <summary>Reads the parameter.</summary>
    /// <exception cref="ImageServiceException">It is none of the three, or no such address (InvalidSasUri).</exception>
    public static SasTarget Read(object? value) => (value is PSObject wrapped ? wrapped.BaseObject : value) switch
    {
        SecureString secret => new SasTarget(secret),
        string text => new SasTarget(text),
        Uri uri => new SasTarget(uri.AbsoluteUri),
        _ => throw new ImageServiceException(
            "InvalidSasUri", ErrorKind.InvalidArgument, "The SAS URI is neither text nor a SecureString.", "Give the blob's address with its signature."),
    };
}
