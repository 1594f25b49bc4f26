using System.Buffers.Binary;
using System.Runtime.InteropServices;
using AzImageTools.TestKit;

namespace AzImageTools.Tests.Hostile;

/// <summary>A Windows' SYSTEM and SOFTWARE, sound but for what a test puts into one of their keys.</summary>
internal static class HostileHives
{
    /// <summary>As many keys as one list names, each of them sound.</summary>
    public const int MostListed = ushort.MaxValue;

    private const int StringType = 1;
    private const int BinaryType = 3;
    private const int NumberType = 4;
    private const uint InCell = 0x8000_0000;
    private const int ListOffset = 40;
    private const int CountOffset = 36;

    /// <summary>The SYSTEM hive.</summary>
    /// <param name="path">A key's path, or that of one that is to be added.</param>
    /// <param name="change">Changes it.</param>
    public static byte[] System(string path, Action<HiveBuilder, uint> change)
        => Build(
            [@"Select", @"ControlSet001\Services\cdrom", @"ControlSet001\Control\ComputerName\ComputerName", @"ControlSet001\Control\Session Manager\Environment", "MountedDevices", "Setup", path],
            [("Select", "Current", 1), ("Select", "Default", 1), ("Setup", "OOBEInProgress", 0), (@"ControlSet001\Services\cdrom", "Start", 1), (@"ControlSet001\Control\Session Manager\Environment", "PROCESSOR_ARCHITECTURE", "AMD64")],
            path,
            change);

    /// <summary>The SOFTWARE hive.</summary>
    /// <param name="path">A key's path, or that of one that is to be added.</param>
    /// <param name="change">Changes it.</param>
    public static byte[] Software(string path, Action<HiveBuilder, uint> change)
    {
        const string Version = @"Microsoft\Windows NT\CurrentVersion";
        return Build(
            [Version, @"Microsoft\Windows\CurrentVersion", path],
            [(Version, "ProductName", "Windows Server 2022"), (Version, "CurrentBuild", "20348"), (Version, "EditionID", "ServerStandard"), (Version, "InstallationType", "Server")],
            path,
            change);
    }

    /// <summary>Gives a key one value many times.</summary>
    public static void RepeatValue(HiveBuilder hive, uint key, int count, int nameLength)
    {
        uint value = hive.AddValue(new string('A', nameLength), BinaryType, 0, HiveBuilder.None);
        uint[] values = new uint[count];
        Array.Fill(values, value);
        SetValues(hive, key, AddList(hive, values), count);
    }

    /// <summary>Gives a key subkeys that lie within one another, each with a name that reaches over those that follow.</summary>
    public static void AddOverlappingKeys(HiveBuilder hive, uint key, int count, int nameLength)
    {
        const int Step = 88;
        const int NodeSize = 76;
        byte[] area = new byte[4 + (count * Step) + nameLength + Step];
        area.AsSpan().Fill((byte)'K');
        for (int i = 0; i < count; i++)
        {
            // What is added begins 4 bytes behind a multiple of 8, where cells begin.
            Span<byte> cell = area.AsSpan(4 + (i * Step));
            BinaryPrimitives.WriteInt32LittleEndian(cell, -((4 + NodeSize + nameLength + 7) & ~7));
            Span<byte> node = cell.Slice(4, NodeSize);
            node.Clear();
            "nk"u8.CopyTo(node);
            node[2] = 0x20;
            BinaryPrimitives.WriteUInt32LittleEndian(node[16..], key);
            BinaryPrimitives.WriteUInt32LittleEndian(node[28..], HiveBuilder.None);
            BinaryPrimitives.WriteUInt32LittleEndian(node[40..], HiveBuilder.None);
            BinaryPrimitives.WriteUInt16LittleEndian(node[72..], (ushort)nameLength);
        }

        uint first = hive.Add(area) + 8;
        SetSubKeys(hive, key, [.. Enumerable.Range(0, count).Select(i => (uint)(first + (i * Step)))]);
    }

    /// <summary>Gives a key subkeys, each with a list of values that all of them share.</summary>
    public static void AddSharingKeys(HiveBuilder hive, uint key, int count, int values)
    {
        uint list = AddList(hive, [.. Enumerable.Range(0, values).Select(number => hive.AddValue($"v{number}", NumberType, InCell | 4, (uint)number))]);
        SetSubKeys(hive, key, [.. Enumerable.Range(0, count).Select(number => hive.AddKey($"k{number}", key, valueCount: (uint)values, values: list))]);
    }

    /// <summary>Gives a key many sound subkeys in lists without hints, so that each is looked at to find one.</summary>
    public static void AddManyKeys(HiveBuilder hive, uint key, int count)
        => SetSubKeys(hive, key, [.. Enumerable.Range(0, count).Select(number => hive.AddKey($"a{number}", key))]);

    private static byte[] Build(string[] keys, (string Key, string Name, object Value)[] values, string path, Action<HiveBuilder, uint> change)
    {
        HiveBuilder hive = new();
        Dictionary<string, List<string>> below = [];
        foreach (string key in keys)
        {
            string[] names = key.Split('\\');
            for (int depth = 0; depth < names.Length; depth++)
            {
                string parent = string.Join('\\', names[..depth]);
                List<string> siblings = CollectionsMarshal.GetValueRefOrAddDefault(below, parent, out _) ??= [];
                if (!siblings.Contains(names[depth]))
                {
                    siblings.Add(names[depth]);
                }
            }
        }

        return hive.Build(Add("root", string.Empty, HiveBuilder.None));

        uint Add(string name, string at, uint parent)
        {
            uint key = hive.AddKey(name, parent);
            if (below.TryGetValue(at, out List<string>? children))
            {
                SetSubKeys(hive, key, [.. children.Select(child => Add(child, at.Length == 0 ? child : $@"{at}\{child}", key))]);
            }

            uint[] own = [.. values.Where(value => value.Key == at).Select(value => AddValue(value.Name, value.Value))];
            if (own.Length > 0)
            {
                SetValues(hive, key, AddList(hive, own), own.Length);
            }

            if (at == path)
            {
                change(hive, key);
            }

            return key;
        }

        uint AddValue(string name, object value)
        {
            if (value is int number)
            {
                return hive.AddValue(name, NumberType, InCell | 4, (uint)number);
            }

            byte[] text = global::System.Text.Encoding.Unicode.GetBytes($"{value}\0");
            return hive.AddValue(name, StringType, (uint)text.Length, hive.Add(text));
        }
    }

    private static void SetSubKeys(HiveBuilder hive, uint key, uint[] cells)
    {
        uint[] leaves = [.. cells.Chunk(MostListed).Select(leaf => hive.AddList("li", leaf))];
        hive.Patch(key, 20, (uint)cells.Length);
        hive.Patch(key, 28, leaves.Length == 1 ? leaves[0] : hive.AddList("ri", leaves));
    }

    private static void SetValues(HiveBuilder hive, uint key, uint list, int count)
    {
        hive.Patch(key, CountOffset, (uint)count);
        hive.Patch(key, ListOffset, list);
    }

    private static uint AddList(HiveBuilder hive, uint[] cells) => hive.Add(MemoryMarshal.AsBytes(cells.AsSpan()).ToArray());
}
