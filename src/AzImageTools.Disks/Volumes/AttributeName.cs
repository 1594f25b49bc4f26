namespace AzImageTools.Disks.Volumes;

/// <summary>An extended attribute's name (xattr(7)): file systems keep its namespace as a number.</summary>
/// <param name="Namespace">The namespace: user, trusted or security; another one is kept by none.</param>
/// <param name="Name">The name behind it.</param>
internal sealed record AttributeName(string Namespace, string Name)
{
    /// <summary>Takes a name apart.</summary>
    public static AttributeName Parse(string name)
        => name.IndexOf('.') is > 0 and var dot ? new AttributeName(name.Substring(0, dot), name.Substring(dot + 1)) : new AttributeName(string.Empty, name);

    /// <summary>Whether bytes are the name.</summary>
    public bool IsStoredAs(ReadOnlySpan<byte> bytes) => bytes.SequenceEqual(System.Text.Encoding.UTF8.GetBytes(Name));
}
