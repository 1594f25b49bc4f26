using System.ComponentModel;
using System.Runtime.InteropServices;
using AzImageTools.Disks.Registry;
using Microsoft.Win32.SafeHandles;

namespace AzImageTools.Readiness.Guests.Live;

/// <summary>
/// The registry of the Windows that runs here, below HKLM, as 64-bit programs see it. Values come as they are stored, so that
/// they are decoded as those of hives are. What may not be read is unavailable, never absent.
/// </summary>
internal static class LiveRegistry
{
    private const int Success = 0;
    private const int FileNotFound = 2;
    private const int PathNotFound = 3;
    private const int AccessDenied = 5;
    private const int MoreData = 234;
    private const int NoMoreItems = 259;

    private const int KeyRead = 0x20019;
    private const int Key64Bit = 0x100;

    /// <summary>The longest name of a value is 16,383 characters, of a key 255 (Microsoft Learn, "Registry element size limits").</summary>
    private const int NameCapacity = 16_384;

    /// <summary>A handle value with its sign extended, as winreg.h defines it.</summary>
    private static readonly IntPtr LocalMachine = new(unchecked((int)0x8000_0002));

    private delegate int EnumerateNames(KeyHandle key, int index, char[] name, ref int length, IntPtr reserved, IntPtr first, IntPtr second, IntPtr third);

    /// <summary>Whether there is a key.</summary>
    /// <exception cref="EvidenceUnavailableException">It can't be read.</exception>
    public static bool KeyExists(string key)
    {
        using KeyHandle? handle = Open(key);
        return handle is not null;
    }

    /// <summary>A value; null where there is none.</summary>
    /// <exception cref="EvidenceUnavailableException">It can't be read.</exception>
    public static RegistryValue? GetValue(string key, string name)
    {
        using KeyHandle? handle = Open(key);
        if (handle is null)
        {
            return null;
        }

        byte[] data = [];
        while (true)
        {
            // Whoever writes a longer one meanwhile makes it ask again.
            int length = data.Length;
            int error = RegQueryValueEx(handle, name, IntPtr.Zero, out RegistryValueType type, data, ref length);
            switch (error)
            {
                case FileNotFound:
                    return null;
                case Success when length <= data.Length:
                    Array.Resize(ref data, length);
                    return new RegistryValue(name, type, data);
                case Success or MoreData:
                    data = new byte[length];
                    break;
                default:
                    throw Unavailable(key, error);
            }
        }
    }

    /// <summary>The names of a key's values; none where there is no such key.</summary>
    /// <exception cref="EvidenceUnavailableException">It can't be read.</exception>
    public static IReadOnlyList<string> GetValueNames(string key) => GetNames(key, RegEnumValue);

    /// <summary>The names of the keys below a key; none where there is no such key.</summary>
    /// <exception cref="EvidenceUnavailableException">It can't be read.</exception>
    public static IReadOnlyList<string> GetSubkeyNames(string key) => GetNames(key, RegEnumKeyEx);

    private static List<string> GetNames(string key, EnumerateNames enumerate)
    {
        List<string> names = [];
        using KeyHandle? handle = Open(key);
        if (handle is null)
        {
            return names;
        }

        char[] name = new char[NameCapacity];
        while (true)
        {
            int length = name.Length;
            int error = enumerate(handle, names.Count, name, ref length, IntPtr.Zero, IntPtr.Zero, IntPtr.Zero, IntPtr.Zero);
            if (error == NoMoreItems)
            {
                return names;
            }

            names.Add(error == Success ? new string(name, 0, length) : throw Unavailable(key, error));
        }
    }

    /// <summary>Opens a key; null where there is none. A hive that is not there is unavailable.</summary>
    private static KeyHandle? Open(string key)
    {
        int error = RegOpenKeyEx(LocalMachine, key, 0, KeyRead | Key64Bit, out KeyHandle handle);
        if (error == Success)
        {
            return handle;
        }

        handle.Dispose();
        int separator = key.IndexOf('\\');
        if (error is not (FileNotFound or PathNotFound) || separator < 0)
        {
            throw Unavailable(key, error);
        }

        Open(key.Substring(0, separator))?.Dispose();
        return null;
    }

    private static EvidenceUnavailableException Unavailable(string key, int error) => new(error switch
    {
        FileNotFound or PathNotFound => $"The hive {key} is missing.",
        AccessDenied => $@"HKLM\{key} may not be read: run this as an administrator.",
        _ => $@"HKLM\{key} can't be read: {new Win32Exception(error).Message}",
    });

    [DllImport("advapi32.dll", EntryPoint = "RegOpenKeyExW", CharSet = CharSet.Unicode, ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int RegOpenKeyEx(IntPtr parent, string key, int options, int access, out KeyHandle handle);

    [DllImport("advapi32.dll", EntryPoint = "RegQueryValueExW", CharSet = CharSet.Unicode, ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int RegQueryValueEx(KeyHandle key, string name, IntPtr reserved, out RegistryValueType type, byte[] data, ref int length);

    [DllImport("advapi32.dll", EntryPoint = "RegEnumValueW", CharSet = CharSet.Unicode, ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int RegEnumValue(
        KeyHandle key, int index, [Out] char[] name, ref int length, IntPtr reserved, IntPtr type, IntPtr data, IntPtr dataLength);

    [DllImport("advapi32.dll", EntryPoint = "RegEnumKeyExW", CharSet = CharSet.Unicode, ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int RegEnumKeyEx(
        KeyHandle key, int index, [Out] char[] name, ref int length, IntPtr reserved, IntPtr className, IntPtr classLength, IntPtr lastWritten);

    private sealed class KeyHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
    {
        protected override bool ReleaseHandle() => RegCloseKey(handle) == Success;

        [DllImport("advapi32.dll", ExactSpelling = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        private static extern int RegCloseKey(IntPtr key);
    }
}
