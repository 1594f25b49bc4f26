using AzImageTools.Disks.Inspection.Initramfs;
using AzImageTools.Fuzz.Images;

namespace AzImageTools.Fuzz.Targets;

/// <summary>What can be done with an initramfs.</summary>
internal static class InitramfsWalk
{
    private const int LargestNameCount = 4000;

    public static bool List(MutableImage image)
    {
        bool isOpened = false;
        DiskWalk.Attempt(() =>
        {
            using ImageStream content = new(image);
            foreach (string name in InitramfsArchive.EnumerateNames(content, "damaged").Take(LargestNameCount))
            {
                isOpened |= name.Length > 0;
            }
        });
        return isOpened;
    }
}
