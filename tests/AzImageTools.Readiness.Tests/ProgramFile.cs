using System.Buffers.Binary;

namespace AzImageTools.Readiness.Tests;

/// <summary>Real programs' files, with the version that a test wants: only the numbers in the version resource are changed.</summary>
internal static class ProgramFile
{
    private static readonly byte[] Signature = [0xBD, 0x04, 0xEF, 0xFE];
    private static readonly byte[] Original = File.ReadAllBytes(typeof(ReadinessCheck).Assembly.Location);

    public static byte[] WithVersion(string version)
    {
        Version wanted = Version.Parse(version);
        byte[] content = [.. Original];
        int place = content.AsSpan().LastIndexOf(Signature);
        BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(place + 8), ((uint)wanted.Major << 16) | (uint)wanted.Minor);
        BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(place + 12), ((uint)wanted.Build << 16) | (uint)wanted.Revision);
        return content;
    }
}
