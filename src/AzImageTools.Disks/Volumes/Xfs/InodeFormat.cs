namespace AzImageTools.Disks.Volumes.Xfs;

/// <summary>How an inode holds its content ("Data Fork"): the values that di_format takes.</summary>
internal enum InodeFormat
{
    Device = 0,
    Local = 1,
    Extents = 2,
    Tree = 3,
}
