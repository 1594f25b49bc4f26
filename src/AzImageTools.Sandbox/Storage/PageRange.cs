using System.Runtime.InteropServices;

namespace AzImageTools.Sandbox.Storage;

/// <summary>Bytes <paramref name="Start"/> up to, not including, <paramref name="End"/>.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PageRange(long Start, long End)
{
    public const int PageSize = 512;

    public long Length => End - Start;

    public bool IsPageAligned => Start % PageSize == 0 && End % PageSize == 0;
}
