using System.Runtime.InteropServices;
using System.Text;

namespace AzImageTools.Disks.Volumes;

/// <summary>A name in a folder and the inode it stands for. Names are bytes, by custom UTF-8.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FolderEntry(ulong Inode, byte[] Name)
{
    public string Text => Encoding.UTF8.GetString(Name);

    /// <summary>Whether it is the folder itself or the one above it.</summary>
    public bool IsDots => Name.AsSpan().SequenceEqual("."u8) || Name.AsSpan().SequenceEqual(".."u8);
}
