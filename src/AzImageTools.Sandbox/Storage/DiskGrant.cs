namespace AzImageTools.Sandbox.Storage;

/// <summary>Access to a managed disk or snapshot through a shared access signature of the service's own making.</summary>
/// <param name="Pages">The disk's bytes.</param>
/// <param name="Signature">What the address must carry as <c>sig</c>.</param>
/// <param name="CanWrite">Whether pages may be written.</param>
/// <param name="Expires">From when on the address is refused.</param>
/// <param name="NeedsToken">Whether a bearer token has to come with each request beside the signature.</param>
internal sealed record DiskGrant(PageBlob Pages, string Signature, bool CanWrite, DateTimeOffset Expires, bool NeedsToken)
{
    /// <summary>The id of the disk or snapshot whose bytes they are; null where it is none.</summary>
    public string? DiskId { get; init; }

    /// <summary>What names a grant: host and path of the address.</summary>
    public static string Key(Uri uri) => uri.Host + uri.AbsolutePath;
}
