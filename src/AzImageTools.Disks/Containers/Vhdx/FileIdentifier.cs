namespace AzImageTools.Disks.Containers.Vhdx;

/// <summary>The File Type Identifier of a VHDX ([MS-VHDX] 2.2.1).</summary>
internal static class FileIdentifier
{
    private static ReadOnlySpan<byte> Signature => "vhdxfile"u8;

    public static bool IsPresent(DiskFile file) => file.Length >= Signature.Length && Signature.SequenceEqual(file.Read(0, Signature.Length));
}
